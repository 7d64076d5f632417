-- +goose Up
-- link chains a move to the one before it; a move from before there were links has none.
ALTER TABLE moves ADD COLUMN link BLOB;

-- Each signs the moves that came until an hour closed. Times are microseconds since 1970.
CREATE TABLE anchors (
    number     INTEGER NOT NULL PRIMARY KEY, -- 1, 2, 3 and so on
    opens      INTEGER NOT NULL,
    closes     INTEGER NOT NULL,
    from_place INTEGER NOT NULL,             -- it covers the places after this one
    to_place   INTEGER NOT NULL,             -- up to this one
    moves      INTEGER NOT NULL,             -- how many there are
    digest     BLOB    NOT NULL,             -- of all their columns
    previous   BLOB    NOT NULL,             -- what the anchor before is known by
    signature  BLOB    NOT NULL
);

-- +goose StatementBegin
CREATE TRIGGER anchors_are_appended BEFORE UPDATE ON anchors
BEGIN
    SELECT RAISE(ABORT, 'anchors are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER anchors_are_kept BEFORE DELETE ON anchors
BEGIN
    SELECT RAISE(ABORT, 'anchors are append-only');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE anchors;
ALTER TABLE moves DROP COLUMN link;
