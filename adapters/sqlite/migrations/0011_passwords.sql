-- Passwords for our own sign-in pages, apart from the accounts, so that whatever reads an account has none of it.
CREATE TABLE passwords (
    account_id BLOB    NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    -- An argon2id hash in text form.
    verifier   TEXT    NOT NULL,
    -- How often in a row it was given wrongly.
    failures   INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    set_at     INTEGER NOT NULL,
    -- Sessions that began then or before are over.
    signed_out_at INTEGER
) STRICT, WITHOUT ROWID;
