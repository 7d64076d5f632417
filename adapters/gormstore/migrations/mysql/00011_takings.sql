-- +goose NO TRANSACTION
-- +goose Up
-- What was taken of the limits on what channels may sell in a day. day is its first microsecond, since 1970 and of UTC.
CREATE TABLE IF NOT EXISTS takings (
    channel  VARCHAR(255) NOT NULL,
    product  VARCHAR(64)  NOT NULL COMMENT 'empty: of everything in the currency',
    currency VARCHAR(16)  NOT NULL,
    day      BIGINT       NOT NULL,
    taken    BIGINT       NOT NULL COMMENT 'minor units',
    PRIMARY KEY (channel, product, currency, day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE takings;
