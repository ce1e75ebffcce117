-- Sessions of people. No foreign key: sessions may be kept elsewhere, and end with their account by other means.
CREATE TABLE sessions (
    -- SHA-256 of the token, which only the person's browser has.
    digest     bytea       PRIMARY KEY,
    id         uuid        NOT NULL,
    account_id uuid        NOT NULL,
    kind       text        COLLATE "C" NOT NULL,
    method     text        COLLATE "C" NOT NULL,
    confined   boolean     NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    fresh_at   timestamptz NOT NULL,
    ip         text        COLLATE "C",
    user_agent text        COLLATE "C",
    CONSTRAINT sessions_once UNIQUE (id),
    CONSTRAINT sessions_digest_is_a_hash CHECK (octet_length(digest) = 32)
);

CREATE INDEX sessions_by_account ON sessions (account_id, created_at DESC, id DESC);
CREATE INDEX sessions_by_last_use ON sessions (seen_at);
CREATE INDEX sessions_by_beginning ON sessions (created_at);

-- `owner`: the person whom the entry's account is of.
ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_actor_is_known;
ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_actor_is_known CHECK (
    CASE actor_kind
        WHEN 'client' THEN actor_id IS NOT NULL
        WHEN 'command_line' THEN actor_id IS NULL
        WHEN 'owner' THEN actor_id IS NULL
        ELSE false
    END
);
