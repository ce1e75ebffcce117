-- From where an account was signed in to, so that those who guess elsewhere can't keep its owner out. Redemptions tell
-- their networks themselves.
CREATE TABLE known_networks (
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- As in 192.0.2.0/24.
    network    TEXT    NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, network)
) STRICT, WITHOUT ROWID;
