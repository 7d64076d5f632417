-- +goose Up
-- What a key makes of a known text, so that a process with another key is found out before it writes.
CREATE TABLE fingerprints (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);

-- +goose Down
DROP TABLE fingerprints;
