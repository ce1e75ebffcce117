-- What people of the console have for the second step of a sign-in, apart from the accounts, so that whatever reads an
-- account has none of it. Secrets are sealed under the server's key.
CREATE TABLE second_factors (
    account_id   BLOB    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    -- What typed codes are judged by.
    secret       BLOB,
    confirmed_at INTEGER,
    -- The latest step of 30 seconds whose code was used.
    last_step    INTEGER CHECK (last_step >= 0),
    -- How often in a row a wrong code was given.
    failures     INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    -- What was shown to be set up, and to which session.
    proposed     BLOB,
    proposed_to  BLOB    CHECK (length(proposed_to) = 16),
    CONSTRAINT second_factors_are_whole CHECK (
        (secret IS NULL) = (confirmed_at IS NULL) AND (secret IS NULL) = (last_step IS NULL)
        AND (proposed IS NULL) = (proposed_to IS NULL)
    )
) STRICT, WITHOUT ROWID;

ALTER TABLE sessions ADD COLUMN second_step_at INTEGER;
