-- What limits guessing and making codes.

ALTER TABLE accounts
    -- Failures in a row, over all networks; the hundredth suspends.
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    -- The wait that making codes left, its end and its length in microseconds; null before the first codes.
    ADD COLUMN generation_until timestamptz,
    ADD COLUMN generation_length bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT accounts_failures_is_a_number CHECK (failures >= 0),
    ADD CONSTRAINT accounts_generation_length_is_a_time CHECK (generation_length >= 0);

-- From where the code came, as in 192.0.2.0/24; null when nobody said so.
ALTER TABLE recoveries ADD COLUMN network text COLLATE "C";

-- Attempts counted in the database: always when `guard.store` says so, else while the cache is out of reach.
CREATE TABLE guard_counts (
    -- A budget, what is counted, and a keyed hash or a network; no identifier in the clear.
    key       text        COLLATE "C" PRIMARY KEY,
    -- A line that the service reads and writes.
    state     text        COLLATE "C" NOT NULL,
    -- From when on it says nothing any more.
    forget_at timestamptz NOT NULL
);

CREATE INDEX guard_counts_by_end ON guard_counts (forget_at);
