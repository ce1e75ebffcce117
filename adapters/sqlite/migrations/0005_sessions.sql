-- Sessions of people. No foreign key: sessions may be kept elsewhere, and end with their account by other means.
CREATE TABLE sessions (
    -- SHA-256 of the token, which only the person's browser has.
    digest     BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    account_id BLOB    NOT NULL CHECK (length(account_id) = 16),
    kind       TEXT    NOT NULL,
    method     TEXT    NOT NULL,
    confined   INTEGER NOT NULL CHECK (confined IN (0, 1)),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    fresh_at   INTEGER NOT NULL,
    ip         TEXT,
    user_agent TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_account ON sessions (account_id, created_at DESC, id DESC);
CREATE INDEX sessions_by_last_use ON sessions (seen_at);
CREATE INDEX sessions_by_beginning ON sessions (created_at);

-- A constraint can't be changed in place: the trail moves to a table that knows `owner`, the person whom the entry's
-- account is of.
CREATE TABLE audit_entries_with_owners (
    -- The order of writing, for entries of one instant. AUTOINCREMENT: a number is never used again.
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    -- `client`, with its id, `command_line` or `owner`.
    actor_kind TEXT    NOT NULL,
    actor_id   BLOB    CHECK (length(actor_id) = 16),
    account_id BLOB    CHECK (length(account_id) = 16),
    batch_id   BLOB    CHECK (length(batch_id) = 16),
    count      INTEGER CHECK (count >= 0),
    reason     TEXT,
    -- A keyed hash of an identifier that no account has.
    typed      BLOB    CHECK (length(typed) = 32),
    ip         TEXT,
    user_agent TEXT,
    request_id BLOB    CHECK (length(request_id) = 16),
    CONSTRAINT audit_entries_actor_is_known CHECK (
        CASE actor_kind
            WHEN 'client' THEN actor_id IS NOT NULL
            WHEN 'command_line' THEN actor_id IS NULL
            WHEN 'owner' THEN actor_id IS NULL
            ELSE 0
        END
    )
) STRICT;

INSERT INTO audit_entries_with_owners
    (seq, id, at, kind, actor_kind, actor_id, account_id, batch_id, count, reason, typed, ip, user_agent, request_id)
SELECT seq, id, at, kind, actor_kind, actor_id, account_id, batch_id, count, reason, typed, ip, user_agent, request_id
FROM audit_entries ORDER BY seq;

DROP TABLE audit_entries;
ALTER TABLE audit_entries_with_owners RENAME TO audit_entries;

CREATE INDEX audit_entries_by_account ON audit_entries (account_id, at DESC, seq DESC);
CREATE INDEX audit_entries_by_time ON audit_entries (at, seq);
