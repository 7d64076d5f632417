-- +goose NO TRANSACTION
-- +goose Up
-- At most one advice of a transaction is open. Its id is the channel's choice, so it is no key.
CREATE TABLE IF NOT EXISTS advices (
    transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    id             VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version        INT         NOT NULL,
    provider       VARCHAR(64) NOT NULL,
    kind           VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    due_at         BIGINT      NOT NULL,
    epoch          INT         NOT NULL,
    attempts       INT         NOT NULL,
    owed_since     BIGINT      NOT NULL COMMENT 'when it was due first',
    backs_off      TINYINT     NOT NULL COMMENT 'its due_at may be cut short',
    PRIMARY KEY (transaction_id),
    KEY advices_by_due (provider, due_at, transaction_id),
    KEY advices_by_age (provider, backs_off, owed_since, transaction_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE advices;
