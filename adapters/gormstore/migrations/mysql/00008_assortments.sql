-- +goose NO TRANSACTION
-- +goose Up
-- The last good list of products of each provider that offers one.
CREATE TABLE IF NOT EXISTS assortments (
    provider   VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    edition    INT         NOT NULL COMMENT 'counts the lists that were kept',
    fetched_at BIGINT      NOT NULL,
    products   MEDIUMTEXT  NOT NULL COMMENT 'JSON',
    PRIMARY KEY (provider)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE assortments;
