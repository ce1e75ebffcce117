-- Links that were mailed to people. The row goes when the link is used; the token is only in the mail.
CREATE TABLE links (
    -- SHA-256 of the token.
    digest     bytea       NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    purpose    text        COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX links_by_account ON links (account_id, purpose);
CREATE INDEX links_by_end ON links (expires_at);
