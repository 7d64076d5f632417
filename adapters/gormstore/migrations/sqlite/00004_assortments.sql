-- +goose Up
-- The last good list of products of each provider that offers one.
CREATE TABLE assortments (
    provider   TEXT    NOT NULL PRIMARY KEY,
    edition    INTEGER NOT NULL, -- counts the lists that were kept
    fetched_at INTEGER NOT NULL,
    products   TEXT    NOT NULL  -- JSON
);

-- +goose Down
DROP TABLE assortments;
