-- Passwords for our own sign-in pages, apart from the accounts, so that whatever reads an account has none of it.
CREATE TABLE passwords (
    account_id uuid        NOT NULL PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    -- An argon2id hash in text form.
    verifier   text        NOT NULL,
    -- How often in a row it was given wrongly.
    failures   integer     NOT NULL DEFAULT 0 CHECK (failures >= 0),
    set_at     timestamptz NOT NULL,
    -- Sessions that began then or before are over.
    signed_out_at timestamptz
);
