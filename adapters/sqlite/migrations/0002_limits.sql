-- What limits guessing and making codes.

-- Failures in a row, over all networks; the hundredth suspends.
ALTER TABLE accounts ADD COLUMN failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0);

-- The wait that making codes left, its end and its length in microseconds; null before the first codes.
ALTER TABLE accounts ADD COLUMN generation_until INTEGER;
ALTER TABLE accounts ADD COLUMN generation_length INTEGER NOT NULL DEFAULT 0 CHECK (generation_length >= 0);

-- From where the code came, as in 192.0.2.0/24; null when nobody said so.
ALTER TABLE recoveries ADD COLUMN network TEXT;

-- Attempts counted in the database: always when `guard.store` says so, else while the cache is out of reach.
CREATE TABLE guard_counts (
    -- A budget, what is counted, and a keyed hash or a network; no identifier in the clear.
    key       TEXT    NOT NULL PRIMARY KEY,
    -- A line that the service reads and writes.
    state     TEXT    NOT NULL,
    -- From when on it says nothing any more.
    forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX guard_counts_by_end ON guard_counts (forget_at);
