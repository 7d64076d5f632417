-- +goose NO TRANSACTION
-- +goose Up
-- Every intent whose lease ended before it is decided.
CREATE TABLE IF NOT EXISTS watermarks (
    name       VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    decided_to BIGINT      NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE watermarks;
