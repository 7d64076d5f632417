-- +goose Up
-- owed_since is when an advice was due first; backs_off tells that its due_at may be cut short.
ALTER TABLE advices RENAME COLUMN created_at TO owed_since;
ALTER TABLE advices ADD COLUMN backs_off INTEGER NOT NULL DEFAULT 0;
CREATE INDEX advices_by_age ON advices (provider, backs_off, owed_since, transaction_id);

-- +goose Down
DROP INDEX advices_by_age;
ALTER TABLE advices DROP COLUMN backs_off;
ALTER TABLE advices RENAME COLUMN owed_since TO created_at;
