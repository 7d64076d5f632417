-- +goose Up
-- The keys that contents are sealed with, and those that seal nothing any more, nor ever again. The key 0 says that some
-- contents may stand in clear, from before.
CREATE TABLE seals (
    key_id  INTEGER NOT NULL PRIMARY KEY,
    retired INTEGER NOT NULL
);
INSERT INTO seals (key_id, retired) SELECT 0, 0 FROM contents LIMIT 1;

-- +goose Down
DROP TABLE seals;
