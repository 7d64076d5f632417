-- +goose NO TRANSACTION
-- +goose Up
INSERT IGNORE INTO seals (key_id, retired) SELECT 0, 0 FROM contents LIMIT 1;

-- +goose Down
DELETE FROM seals WHERE key_id = 0;
