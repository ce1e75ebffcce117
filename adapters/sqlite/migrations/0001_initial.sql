-- The first schema. Ids are the 16 bytes of a UUID. Times are microseconds since 1970, from the service clock.
-- Text is compared byte for byte, which is SQLite's own way.

CREATE TABLE accounts (
    id                BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    subject           TEXT    NOT NULL UNIQUE CHECK (subject <> ''),
    email             TEXT,
    -- The address in NFC and lower case.
    email_key         TEXT    UNIQUE,
    email_confirmed   INTEGER NOT NULL CHECK (email_confirmed IN (0, 1)),
    -- A JSON array of addresses.
    notify_emails     TEXT    NOT NULL CHECK (json_array_length(notify_emails) <= 4),
    display_name      TEXT,
    locale            TEXT,
    role              TEXT    NOT NULL CHECK (role IN ('user', 'auditor', 'admin')),
    -- Why the account can't redeem; null while it can.
    suspended         TEXT    CHECK (suspended IN ('failures', 'not_me', 'admin')),
    setup_verified_at INTEGER,
    created_at        INTEGER NOT NULL,
    modified_at       INTEGER NOT NULL,
    CONSTRAINT accounts_email_has_key CHECK ((email IS NULL) = (email_key IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id     BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    profile        TEXT    NOT NULL,
    issued         INTEGER NOT NULL,
    used           INTEGER NOT NULL,
    invalidated    INTEGER NOT NULL,
    removed        INTEGER NOT NULL,
    purged         INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    modified_at    INTEGER NOT NULL,
    expires_at     INTEGER,
    superseded_at  INTEGER,
    invalidated_at INTEGER,
    deleted_at     INTEGER,
    viewed_at      INTEGER,
    downloaded_at  INTEGER,
    emailed_at     INTEGER,
    CONSTRAINT batches_counters_are_numbers
        CHECK (issued >= 0 AND used >= 0 AND invalidated >= 0 AND removed >= 0 AND purged >= 0),
    CONSTRAINT batches_counters_add_up CHECK (used + invalidated + removed <= issued AND purged <= issued)
) STRICT, WITHOUT ROWID;

-- An account's history, newest first.
CREATE INDEX batches_by_account ON batches (account_id, created_at DESC, id DESC);

-- At most one batch of an account stands.
CREATE UNIQUE INDEX batches_one_stands ON batches (account_id)
    WHERE superseded_at IS NULL AND invalidated_at IS NULL AND deleted_at IS NULL;

-- The lookup tag is bound to the account, and the batch names it.
CREATE TABLE codes (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    batch_id       BLOB    NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
    -- 0 active, 1 used, 2 invalidated, 3 deleted.
    status         INTEGER NOT NULL,
    -- A keyed hash of account and code, and the id of the key it was made under.
    lookup         BLOB    NOT NULL CHECK (length(lookup) = 32),
    lookup_key     TEXT    NOT NULL,
    -- A password or keyed hash in text form.
    verifier       TEXT    NOT NULL,
    -- When it was used, invalidated or deleted; null while it is active.
    status_since   INTEGER,
    -- The key is left out: two keys never make one tag, and the index is as small as it can be.
    CONSTRAINT codes_one_per_lookup UNIQUE (lookup),
    CONSTRAINT codes_status_is_known CHECK (status BETWEEN 0 AND 3),
    CONSTRAINT codes_status_has_its_time CHECK ((status = 0) = (status_since IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_by_batch ON codes (batch_id);

-- What the purge looks for; a live code is not in it.
CREATE INDEX codes_ended ON codes (status_since) WHERE status <> 0;

-- Batch and code are no foreign keys: the purge takes them, and the duties stay.
CREATE TABLE recoveries (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    batch_id   BLOB    NOT NULL CHECK (length(batch_id) = 16),
    code_id    BLOB    NOT NULL CHECK (length(code_id) = 16),
    at         INTEGER NOT NULL,
    -- Bits: 1 enrol_authenticator, 2 new_codes.
    owed       INTEGER NOT NULL CHECK (owed BETWEEN 0 AND 255),
    settled    INTEGER NOT NULL CHECK (settled BETWEEN 0 AND 255)
) STRICT, WITHOUT ROWID;

CREATE INDEX recoveries_by_account ON recoveries (account_id);

-- Append-only, except that an erased account's entries change to a tombstone. Nothing in here is a foreign key: the
-- trail outlives what it tells of.
CREATE TABLE audit_entries (
    -- The order of writing, for entries of one instant. AUTOINCREMENT: a number is never used again.
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    -- `client`, with its id, or `command_line`.
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
        CASE actor_kind WHEN 'client' THEN actor_id IS NOT NULL WHEN 'command_line' THEN actor_id IS NULL ELSE 0 END
    )
) STRICT;

CREATE INDEX audit_entries_by_account ON audit_entries (account_id, at DESC, seq DESC);
CREATE INDEX audit_entries_by_time ON audit_entries (at, seq);

CREATE TABLE clients (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT    NOT NULL UNIQUE,
    -- A JSON array of scopes.
    scopes     TEXT    NOT NULL CHECK (json_valid(scopes)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE client_keys (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    client_id    BLOB    NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    -- SHA-256 of the key's secret half.
    digest       BLOB    NOT NULL CHECK (length(digest) = 32),
    created_at   INTEGER NOT NULL,
    revoked_at   INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX client_keys_by_client ON client_keys (client_id);
