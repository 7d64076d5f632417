-- +goose Up
-- The keys that contents are sealed with. 0 says that some may stand in clear, from before.
CREATE TABLE seals (
    key_id INTEGER NOT NULL PRIMARY KEY
);
INSERT INTO seals (key_id) SELECT 0 FROM contents LIMIT 1;

-- +goose Down
DROP TABLE seals;
