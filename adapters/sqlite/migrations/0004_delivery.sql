-- Handing codes over once. The copy is sealed under a key that nothing in this database makes.

-- SHA-256 of the token that whoever downloads or mails the codes must show.
ALTER TABLE batches ADD COLUMN delivery_digest BLOB CHECK (length(delivery_digest) = 32);

-- No foreign key: a copy is put before its batch exists, and may be gone before it.
CREATE TABLE vault_entries (
    batch_id BLOB    NOT NULL PRIMARY KEY CHECK (length(batch_id) = 16),
    sealed   BLOB    NOT NULL,
    until    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX vault_entries_by_end ON vault_entries (until);
