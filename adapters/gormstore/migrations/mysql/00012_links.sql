-- +goose NO TRANSACTION
-- +goose Up
-- MySQL knows no IF NOT EXISTS here: run twice, it says that the column is there, and Migrate goes on. The column comes
-- last, so that no row is written anew.
ALTER TABLE moves ADD COLUMN link BINARY(32) NULL COMMENT 'chains the move to the one before; none from before there were links';

-- +goose Down
ALTER TABLE moves DROP COLUMN link;
