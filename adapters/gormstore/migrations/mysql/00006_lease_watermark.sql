-- +goose NO TRANSACTION
-- +goose Up
INSERT INTO watermarks (name, decided_to) VALUES ('leases', 0) ON DUPLICATE KEY UPDATE decided_to = decided_to;

-- +goose Down
DELETE FROM watermarks WHERE name = 'leases';
