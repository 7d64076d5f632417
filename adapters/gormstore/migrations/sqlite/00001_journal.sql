-- +goose Up
-- Times are microseconds since 1970, by the database's clock.
CREATE TABLE moves (
    transaction_id TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    fact           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    at             INTEGER NOT NULL,
    made_by        TEXT    NOT NULL,
    reason         TEXT    NOT NULL,
    owner          TEXT    NOT NULL, -- of a first move
    provider       TEXT    NOT NULL, -- of an intent
    lease_ends     INTEGER,          -- of an intent
    horizon        INTEGER,          -- of an intent
    serial_mark    BLOB,             -- blind index: of the move that provisioned
    code_mark      BLOB,
    digest         BLOB    NOT NULL, -- tells a move that finds itself from another one
    payload        TEXT    NOT NULL, -- JSON, without secrets
    PRIMARY KEY (transaction_id, version)
);
CREATE INDEX moves_by_lease ON moves (lease_ends, transaction_id) WHERE lease_ends IS NOT NULL;
CREATE INDEX moves_by_serial ON moves (serial_mark) WHERE serial_mark IS NOT NULL;
CREATE INDEX moves_by_code ON moves (code_mark) WHERE code_mark IS NOT NULL;

-- +goose StatementBegin
CREATE TRIGGER moves_are_appended BEFORE UPDATE ON moves
BEGIN
    SELECT RAISE(ABORT, 'moves are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER moves_are_kept BEFORE DELETE ON moves
BEGIN
    SELECT RAISE(ABORT, 'moves are append-only');
END;
-- +goose StatementEnd

-- The one table that holds secrets.
CREATE TABLE contents (
    transaction_id TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    body           BLOB    NOT NULL,
    PRIMARY KEY (transaction_id, version, kind)
);

-- At most one advice of a transaction is open. Its id is the channel's choice, so it is no key.
CREATE TABLE advices (
    transaction_id TEXT    NOT NULL PRIMARY KEY,
    id             TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    provider       TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    due_at         INTEGER NOT NULL,
    epoch          INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    created_at     INTEGER NOT NULL
);
CREATE INDEX advices_by_due ON advices (provider, due_at, transaction_id);

CREATE TABLE cases (
    transaction_id TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    question       TEXT    NOT NULL,
    opened_at      INTEGER NOT NULL,
    closed_version INTEGER,
    PRIMARY KEY (transaction_id, version)
);
CREATE INDEX cases_by_age ON cases (closed_version, opened_at);

-- Every intent whose lease ended before it is decided.
CREATE TABLE watermarks (
    name        TEXT    NOT NULL PRIMARY KEY,
    decided_to  INTEGER NOT NULL
);
INSERT INTO watermarks (name, decided_to) VALUES ('leases', 0);

-- +goose Down
DROP TABLE watermarks;
DROP TABLE cases;
DROP TABLE advices;
DROP TABLE contents;
DROP TABLE moves;
