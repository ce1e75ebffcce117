-- The first schema. Times come from the service clock, never from the database's.
-- Text that decides anything is compared byte for byte, whatever the collation of the database: COLLATE "C".

CREATE TABLE accounts (
    id                uuid        PRIMARY KEY,
    subject           text        COLLATE "C" NOT NULL,
    email             text        COLLATE "C",
    -- The address in NFC and lower case.
    email_key         text        COLLATE "C",
    email_confirmed   boolean     NOT NULL,
    notify_emails     text[]      NOT NULL,
    display_name      text        COLLATE "C",
    locale            text        COLLATE "C",
    role              text        COLLATE "C" NOT NULL,
    -- Why the account can't redeem; null while it can.
    suspended         text        COLLATE "C",
    setup_verified_at timestamptz,
    created_at        timestamptz NOT NULL,
    modified_at       timestamptz NOT NULL,
    CONSTRAINT accounts_one_per_subject UNIQUE (subject),
    CONSTRAINT accounts_one_per_email UNIQUE (email_key),
    CONSTRAINT accounts_subject_has_text CHECK (subject <> ''),
    CONSTRAINT accounts_email_has_key CHECK ((email IS NULL) = (email_key IS NULL)),
    CONSTRAINT accounts_few_notify_emails CHECK (cardinality(notify_emails) <= 4),
    CONSTRAINT accounts_role_is_known CHECK (role IN ('user', 'auditor', 'admin')),
    CONSTRAINT accounts_suspension_is_known CHECK (suspended IN ('failures', 'not_me', 'admin'))
);

CREATE TABLE batches (
    id             uuid        PRIMARY KEY,
    account_id     uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    profile        text        COLLATE "C" NOT NULL,
    issued         integer     NOT NULL,
    used           integer     NOT NULL,
    invalidated    integer     NOT NULL,
    removed        integer     NOT NULL,
    purged         integer     NOT NULL,
    created_at     timestamptz NOT NULL,
    modified_at    timestamptz NOT NULL,
    expires_at     timestamptz,
    superseded_at  timestamptz,
    invalidated_at timestamptz,
    deleted_at     timestamptz,
    viewed_at      timestamptz,
    downloaded_at  timestamptz,
    emailed_at     timestamptz,
    CONSTRAINT batches_counters_are_numbers
        CHECK (issued >= 0 AND used >= 0 AND invalidated >= 0 AND removed >= 0 AND purged >= 0),
    CONSTRAINT batches_counters_add_up CHECK (used + invalidated + removed <= issued AND purged <= issued)
);

-- An account's history, newest first.
CREATE INDEX batches_by_account ON batches (account_id, created_at DESC, id DESC);

-- At most one batch of an account stands.
CREATE UNIQUE INDEX batches_one_stands ON batches (account_id)
    WHERE superseded_at IS NULL AND invalidated_at IS NULL AND deleted_at IS NULL;

-- Many and small, hence no account here: the lookup tag is bound to the account, and the batch names it.
CREATE TABLE codes (
    id             uuid     NOT NULL PRIMARY KEY,
    batch_id       uuid     NOT NULL REFERENCES batches ON DELETE CASCADE,
    -- 0 active, 1 used, 2 invalidated, 3 deleted.
    status         smallint NOT NULL,
    -- A keyed hash of account and code, and the id of the key it was made under.
    lookup         bytea    NOT NULL,
    lookup_key     text     COLLATE "C" NOT NULL,
    -- A password or keyed hash in text form.
    verifier       text     COLLATE "C" NOT NULL,
    -- When it was used, invalidated or deleted; null while it is active.
    status_since   timestamptz,
    -- The key is left out: two keys never make one tag, and the index is as small as it can be.
    CONSTRAINT codes_one_per_lookup UNIQUE (lookup),
    CONSTRAINT codes_lookup_is_a_hash CHECK (octet_length(lookup) = 32),
    CONSTRAINT codes_status_is_known CHECK (status BETWEEN 0 AND 3),
    CONSTRAINT codes_status_has_its_time CHECK ((status = 0) = (status_since IS NULL))
);

CREATE INDEX codes_by_batch ON codes (batch_id);

-- What the purge looks for; a live code is not in it.
CREATE INDEX codes_ended ON codes (status_since) WHERE status <> 0;

-- Batch and code are no foreign keys: the purge takes them, and the duties stay.
CREATE TABLE recoveries (
    id         uuid        PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    batch_id   uuid        NOT NULL,
    code_id    uuid        NOT NULL,
    at         timestamptz NOT NULL,
    -- Bits: 1 enrol_authenticator, 2 new_codes.
    owed       smallint    NOT NULL,
    settled    smallint    NOT NULL,
    CONSTRAINT recoveries_bits_fit CHECK (owed BETWEEN 0 AND 255 AND settled BETWEEN 0 AND 255)
);

CREATE INDEX recoveries_by_account ON recoveries (account_id);

-- Append-only, except that an erased account's entries change to a tombstone. Nothing in here is a foreign key: the
-- trail outlives what it tells of.
CREATE TABLE audit_entries (
    -- The order of writing, for entries of one instant.
    seq         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid        NOT NULL,
    at          timestamptz NOT NULL,
    kind        text        COLLATE "C" NOT NULL,
    -- `client`, with its id, or `command_line`.
    actor_kind  text        COLLATE "C" NOT NULL,
    actor_id    uuid,
    account_id  uuid,
    batch_id    uuid,
    count       bigint,
    reason      text        COLLATE "C",
    -- A keyed hash of an identifier that no account has.
    typed       bytea,
    ip          text        COLLATE "C",
    user_agent  text        COLLATE "C",
    request_id  uuid,
    CONSTRAINT audit_entries_once UNIQUE (id),
    CONSTRAINT audit_entries_actor_is_known CHECK (
        CASE actor_kind WHEN 'client' THEN actor_id IS NOT NULL WHEN 'command_line' THEN actor_id IS NULL ELSE false END
    ),
    CONSTRAINT audit_entries_count_is_a_number CHECK (count >= 0),
    CONSTRAINT audit_entries_typed_is_a_hash CHECK (octet_length(typed) = 32)
);

CREATE INDEX audit_entries_by_account ON audit_entries (account_id, at DESC, seq DESC);
CREATE INDEX audit_entries_by_time ON audit_entries (at, seq);

CREATE TABLE clients (
    id         uuid        PRIMARY KEY,
    name       text        COLLATE "C" NOT NULL,
    scopes     text[]      NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT clients_one_per_name UNIQUE (name)
);

CREATE TABLE client_keys (
    id           uuid        PRIMARY KEY,
    client_id    uuid        NOT NULL REFERENCES clients ON DELETE CASCADE,
    -- SHA-256 of the key's secret half.
    digest       bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    CONSTRAINT client_keys_digest_is_a_hash CHECK (octet_length(digest) = 32)
);

CREATE INDEX client_keys_by_client ON client_keys (client_id);
