-- +goose NO TRANSACTION
-- +goose Up
INSERT IGNORE INTO seals (key_id) SELECT 0 FROM contents LIMIT 1;

-- +goose Down
DELETE FROM seals WHERE key_id = 0;
