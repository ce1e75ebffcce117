-- How much happened in each quarter of an hour, counted from the trail and the records of clean-ups after it was over.
CREATE TABLE tallies (
    quarter  INTEGER NOT NULL,
    counted  TEXT    NOT NULL,
    -- Of somebody who ran the service when it was counted: applications are not shown it.
    of_staff INTEGER NOT NULL CHECK (of_staff IN (0, 1)),
    number   INTEGER NOT NULL CHECK (number > 0),
    PRIMARY KEY (quarter, counted, of_staff)
) STRICT, WITHOUT ROWID;

-- Up to when all is counted.
CREATE TABLE tallied (
    one   INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
    until INTEGER NOT NULL
) STRICT;
INSERT INTO tallied (until) VALUES (0);

-- Since when a key of the settings is in force, as far as this database knows.
CREATE TABLE keys_in_force (
    purpose TEXT    NOT NULL,
    key_id  TEXT    NOT NULL,
    since   INTEGER NOT NULL,
    PRIMARY KEY (purpose, key_id)
) STRICT, WITHOUT ROWID;
