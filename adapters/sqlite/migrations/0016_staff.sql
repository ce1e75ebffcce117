-- `staff`: somebody in the console, by the id of their account. A constraint can't be changed in place: the trail moves to
-- a table that knows them.
CREATE TABLE audit_entries_with_staff (
    -- The order of writing. AUTOINCREMENT: a number is never used again.
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    at             INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    -- `client` or `staff`, with their id, `command_line`, `owner`, `service`, or `schedule`, with its name and who saved
    -- it last.
    actor_kind     TEXT    NOT NULL,
    actor_id       BLOB    CHECK (length(actor_id) = 16),
    actor_name     TEXT,
    actor_saved_by TEXT,
    account_id     BLOB    CHECK (length(account_id) = 16),
    batch_id       BLOB    CHECK (length(batch_id) = 16),
    count          INTEGER CHECK (count >= 0),
    reason         TEXT,
    -- A keyed hash of an identifier that no account has.
    typed          BLOB    CHECK (length(typed) = 32),
    ip             TEXT,
    user_agent     TEXT,
    request_id     BLOB    CHECK (length(request_id) = 16),
    network        TEXT,
    CONSTRAINT audit_entries_actor_is_known CHECK (
        CASE actor_kind
            WHEN 'client' THEN actor_id IS NOT NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'staff' THEN actor_id IS NOT NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'command_line' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'owner' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'service' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'schedule' THEN actor_id IS NULL AND actor_name IS NOT NULL AND actor_saved_by IS NOT NULL
            ELSE 0
        END
    )
) STRICT;

INSERT INTO audit_entries_with_staff
    (seq, id, at, kind, actor_kind, actor_id, actor_name, actor_saved_by, account_id, batch_id, count, reason, typed, ip,
     user_agent, request_id, network)
SELECT
    seq, id, at, kind, actor_kind, actor_id, actor_name, actor_saved_by, account_id, batch_id, count, reason, typed, ip,
    user_agent, request_id, network
FROM audit_entries ORDER BY seq;

DROP TABLE audit_entries;
ALTER TABLE audit_entries_with_staff RENAME TO audit_entries;

CREATE INDEX audit_entries_by_time ON audit_entries (at, id);
CREATE INDEX audit_entries_by_account ON audit_entries (account_id, at, id) WHERE account_id IS NOT NULL;
CREATE INDEX audit_entries_by_kind ON audit_entries (kind, at, id);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_entries_by_network ON audit_entries (network, at, id) WHERE network IS NOT NULL;
CREATE INDEX audit_entries_by_request ON audit_entries (request_id) WHERE request_id IS NOT NULL;
