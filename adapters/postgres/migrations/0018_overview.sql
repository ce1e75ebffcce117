-- How much happened in each quarter of an hour, counted from the trail and the records of clean-ups after it was over.
CREATE TABLE tallies (
    quarter  timestamptz NOT NULL,
    counted  text        COLLATE "C" NOT NULL,
    -- Of somebody who ran the service when it was counted: applications are not shown it.
    of_staff boolean     NOT NULL,
    number   bigint      NOT NULL CHECK (number > 0),
    PRIMARY KEY (quarter, counted, of_staff)
);

-- Up to when all is counted. Whoever counts holds the row.
CREATE TABLE tallied (
    one   boolean     PRIMARY KEY DEFAULT true CHECK (one),
    until timestamptz NOT NULL
);
INSERT INTO tallied (until) VALUES ('1970-01-01 00:00:00+00');

-- Since when a key of the settings is in force, as far as this database knows.
CREATE TABLE keys_in_force (
    purpose text        COLLATE "C" NOT NULL,
    key_id  text        COLLATE "C" NOT NULL,
    since   timestamptz NOT NULL,
    PRIMARY KEY (purpose, key_id)
);
