-- From where an account was signed in to, so that those who guess elsewhere can't keep its owner out. Redemptions tell
-- their networks themselves.
CREATE TABLE known_networks (
    account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    -- As in 192.0.2.0/24.
    network    text        COLLATE "C" NOT NULL,
    last_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, network)
);
