-- Links that were mailed to people. The row goes when the link is used; the token is only in the mail.
CREATE TABLE links (
    -- SHA-256 of the token.
    digest     BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose    TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX links_by_account ON links (account_id, purpose);
CREATE INDEX links_by_end ON links (expires_at);
