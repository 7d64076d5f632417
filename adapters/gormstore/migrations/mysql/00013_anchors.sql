-- +goose NO TRANSACTION
-- +goose Up
-- Each signs the moves that came until an hour closed. Times are microseconds since 1970.
CREATE TABLE IF NOT EXISTS anchors (
    number     BIGINT     NOT NULL COMMENT '1, 2, 3 and so on',
    opens      BIGINT     NOT NULL,
    closes     BIGINT     NOT NULL,
    from_place BIGINT     NOT NULL COMMENT 'it covers the places after this one',
    to_place   BIGINT     NOT NULL COMMENT 'up to this one',
    moves      BIGINT     NOT NULL COMMENT 'how many there are',
    digest     BINARY(32) NOT NULL COMMENT 'of all their columns',
    previous   BINARY(32) NOT NULL COMMENT 'what the anchor before is known by',
    signature  BINARY(64) NOT NULL,
    PRIMARY KEY (number)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE anchors;
