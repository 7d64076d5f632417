-- +goose Up
-- What was taken of the limits on what channels may sell in a day. day is its first microsecond, since 1970 and of UTC.
CREATE TABLE takings (
    channel  TEXT    NOT NULL,
    product  TEXT    NOT NULL, -- empty: of everything in the currency
    currency TEXT    NOT NULL,
    day      INTEGER NOT NULL,
    taken    INTEGER NOT NULL, -- minor units
    PRIMARY KEY (channel, product, currency, day)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE takings;
