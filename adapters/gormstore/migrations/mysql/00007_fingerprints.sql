-- +goose NO TRANSACTION
-- +goose Up
-- What a key makes of a known text, so that a process with another key is found out before it writes.
CREATE TABLE IF NOT EXISTS fingerprints (
    name  VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value BINARY(32)  NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE fingerprints;
