-- +goose NO TRANSACTION
-- +goose Up
-- The one table that holds secrets.
CREATE TABLE IF NOT EXISTS contents (
    transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version        INT         NOT NULL,
    kind           VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body           MEDIUMBLOB  NOT NULL,
    PRIMARY KEY (transaction_id, version, kind)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE contents;
