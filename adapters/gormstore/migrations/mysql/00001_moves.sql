-- +goose NO TRANSACTION
-- +goose Up
-- One statement a file, and each may run twice: the server commits a change of tables by itself.
-- Times are microseconds since 1970, by the database's clock.
-- Rows lie in the order in which they came (place): a channel's ids are random, and rows that lay by them would make
-- every sale read and write pages of the settled past. Only the small index of the ids is met at random.
CREATE TABLE IF NOT EXISTS moves (
    place          BIGINT       NOT NULL AUTO_INCREMENT,
    transaction_id VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version        INT          NOT NULL,
    fact           VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state          VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    at             BIGINT       NOT NULL,
    made_by        VARCHAR(255) NOT NULL,
    reason         TEXT         NOT NULL,
    owner          VARCHAR(255) NOT NULL COMMENT 'of a first move',
    provider       VARCHAR(64)  NOT NULL COMMENT 'of an intent',
    lease_ends     BIGINT       NULL COMMENT 'of an intent',
    horizon        BIGINT       NULL COMMENT 'of an intent',
    serial_mark    BINARY(16)   NULL COMMENT 'blind index: of the move that provisioned',
    code_mark      BINARY(16)   NULL,
    digest         BINARY(32)   NOT NULL COMMENT 'tells a move that finds itself from another one',
    payload        MEDIUMTEXT   NOT NULL COMMENT 'JSON, without secrets',
    PRIMARY KEY (place),
    UNIQUE KEY moves_by_transaction (transaction_id, version),
    KEY moves_by_lease (lease_ends, transaction_id),
    KEY moves_by_serial (serial_mark, at, transaction_id),
    KEY moves_by_code (code_mark, at, transaction_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE moves;
