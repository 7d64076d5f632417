-- +goose NO TRANSACTION
-- +goose Up
-- The keys that contents are sealed with, and those that seal nothing any more, nor ever again. The key 0 says that some
-- contents may stand in clear, from before.
CREATE TABLE IF NOT EXISTS seals (
    key_id  BIGINT  NOT NULL,
    retired TINYINT NOT NULL,
    PRIMARY KEY (key_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- +goose Down
DROP TABLE seals;
