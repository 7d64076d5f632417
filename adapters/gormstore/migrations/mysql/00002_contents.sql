-- +goose NO TRANSACTION
-- +goose Up
-- The one table that holds secrets. Its rows lie as the moves do, and are found through them.
CREATE TABLE IF NOT EXISTS contents (
    place BIGINT      NOT NULL COMMENT 'of its move',
    kind  VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body  MEDIUMBLOB  NOT NULL,
    PRIMARY KEY (place, kind)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE contents;
