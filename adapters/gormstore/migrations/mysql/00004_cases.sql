-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS cases (
    transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version        INT         NOT NULL,
    question       VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    opened_at      BIGINT      NOT NULL,
    closed_version INT         NULL,
    PRIMARY KEY (transaction_id, version),
    KEY cases_by_age (closed_version, opened_at, transaction_id, version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE cases;
