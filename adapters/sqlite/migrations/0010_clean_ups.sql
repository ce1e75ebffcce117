-- What is cleared away after a time: when, by whom, and what came of it.

CREATE TABLE schedules (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name           TEXT    NOT NULL UNIQUE,
    clean_up       TEXT    NOT NULL,
    retention_days INTEGER NOT NULL CHECK (retention_days >= 0),
    -- The first occurrence as a clock on the wall of the zone shows it.
    first          TEXT    NOT NULL,
    zone           TEXT    NOT NULL,
    rhythm         TEXT    NOT NULL,
    next_at        INTEGER,
    extra_at       INTEGER,
    delete_empty   INTEGER NOT NULL CHECK (delete_empty IN (0, 1)),
    log_run        INTEGER NOT NULL CHECK (log_run IN (0, 1)),
    report         TEXT    NOT NULL,
    enabled        INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    saved_by       TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    modified_at    INTEGER NOT NULL,
    revision       INTEGER NOT NULL CHECK (revision >= 0),
    last_at        INTEGER,
    last_status    TEXT,
    last_error     TEXT,
    total_removed  INTEGER NOT NULL CHECK (total_removed >= 0),
    CONSTRAINT schedules_last_run_is_whole CHECK ((last_at IS NULL) = (last_status IS NULL))
) STRICT, WITHOUT ROWID;

-- Ids that don't come back: a built-in schedule that was removed stays away.
CREATE TABLE removed_schedules (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16)
) STRICT, WITHOUT ROWID;

-- Nothing in here is a foreign key: the record outlives what it tells of.
CREATE TABLE clean_up_runs (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    clean_up        TEXT    NOT NULL,
    -- `schedule`, with its id, the name it had and who saved it last, or `command_line`.
    started_by      TEXT    NOT NULL,
    schedule_id     BLOB    CHECK (length(schedule_id) = 16),
    schedule_name   TEXT,
    saved_by        TEXT,
    started_at      INTEGER NOT NULL,
    retention_days  INTEGER NOT NULL CHECK (retention_days >= 0),
    until           INTEGER NOT NULL,
    status          TEXT    NOT NULL,
    ended_at        INTEGER,
    error           TEXT,
    removed         INTEGER NOT NULL CHECK (removed >= 0),
    removed_batches INTEGER NOT NULL CHECK (removed_batches >= 0),
    oldest          INTEGER,
    newest          INTEGER,
    CONSTRAINT clean_up_runs_starter_is_known CHECK (
        CASE started_by
            WHEN 'schedule' THEN schedule_id IS NOT NULL AND schedule_name IS NOT NULL AND saved_by IS NOT NULL
            WHEN 'command_line' THEN schedule_id IS NULL AND schedule_name IS NULL AND saved_by IS NULL
            ELSE 0
        END
    ),
    CONSTRAINT clean_up_runs_range_is_whole CHECK ((oldest IS NULL) = (newest IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX clean_up_runs_by_start ON clean_up_runs (started_at DESC, id DESC);
CREATE INDEX clean_up_runs_by_end ON clean_up_runs (ended_at);
CREATE INDEX clean_up_runs_unfinished ON clean_up_runs (schedule_id, started_at DESC, id DESC) WHERE ended_at IS NULL;

-- What a run took from one batch. The batch is no foreign key: it may be gone by then.
CREATE TABLE clean_up_batches (
    run_id     BLOB    NOT NULL REFERENCES clean_up_runs (id) ON DELETE CASCADE,
    batch_id   BLOB    NOT NULL CHECK (length(batch_id) = 16),
    subject    TEXT    NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER,
    taken      INTEGER NOT NULL CHECK (taken >= 0),
    rows_left  INTEGER NOT NULL CHECK (rows_left >= 0),
    gone       INTEGER NOT NULL CHECK (gone IN (0, 1)),
    PRIMARY KEY (run_id, batch_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX clean_up_batches_by_most ON clean_up_batches (run_id, taken DESC, batch_id);
-- Whoever is erased is not told of any more.
CREATE INDEX clean_up_batches_by_subject ON clean_up_batches (subject);

-- The retention of codes that expired while live counts from their batch's expiry. A batch is in here as long as it can
-- have such codes: a code is live in a standing batch only.
CREATE INDEX batches_expiring ON batches (expires_at)
    WHERE purged < issued AND superseded_at IS NULL AND invalidated_at IS NULL AND deleted_at IS NULL;
-- Those that have no row of a code left.
CREATE INDEX batches_emptied ON batches (created_at, id) WHERE purged = issued;

-- What a batch was when its row went; its owner's history shows it still.
CREATE TABLE past_batches (
    id                BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id        BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    profile           TEXT    NOT NULL,
    issued            INTEGER NOT NULL,
    used              INTEGER NOT NULL,
    invalidated       INTEGER NOT NULL,
    removed           INTEGER NOT NULL,
    purged            INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    modified_at       INTEGER NOT NULL,
    expires_at        INTEGER,
    superseded_at     INTEGER,
    invalidated_at    INTEGER,
    deleted_at        INTEGER,
    viewed_at         INTEGER,
    downloaded_at     INTEGER,
    emailed_at        INTEGER,
    delivery_digest   BLOB,
    delivery_ended_at INTEGER,
    past_since        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX past_batches_by_account ON past_batches (account_id, created_at DESC, id DESC);
CREATE INDEX past_batches_by_time ON past_batches (past_since, id);

-- How mails stand: never a header or a body.
CREATE TABLE email_log (
    task_id    BLOB    NOT NULL PRIMARY KEY CHECK (length(task_id) = 16),
    account_id BLOB    REFERENCES accounts (id) ON DELETE CASCADE,
    address    TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    status     TEXT    NOT NULL CHECK (status IN ('sent', 'waiting', 'failed')),
    attempts   INTEGER NOT NULL CHECK (attempts >= 0),
    error      TEXT,
    created_at INTEGER NOT NULL,
    tried_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX email_log_by_account ON email_log (account_id);
CREATE INDEX email_log_by_time ON email_log (created_at, task_id);

-- What people were told lately.
CREATE TABLE notices (
    -- The order of noting, for notices of one instant.
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id    BLOB    NOT NULL UNIQUE CHECK (length(task_id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at         INTEGER NOT NULL,
    -- What is to be said later; null when it was said.
    held       TEXT
) STRICT;

CREATE INDEX notices_by_account ON notices (account_id, at);
CREATE INDEX notices_by_time ON notices (at) WHERE held IS NULL;

-- A constraint can't be changed in place: the trail moves to a table that knows `schedule`, by the name it had, and who
-- saved it last.
CREATE TABLE audit_entries_with_schedules (
    -- The order of writing, for entries of one instant. AUTOINCREMENT: a number is never used again.
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    at             INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    -- `client`, with its id, `command_line`, `owner`, or `schedule`, with its name and who saved it last.
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
    CONSTRAINT audit_entries_actor_is_known CHECK (
        CASE actor_kind
            WHEN 'client' THEN actor_id IS NOT NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'command_line' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'owner' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'service' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
            WHEN 'schedule' THEN actor_id IS NULL AND actor_name IS NOT NULL AND actor_saved_by IS NOT NULL
            ELSE 0
        END
    )
) STRICT;

INSERT INTO audit_entries_with_schedules
    (seq, id, at, kind, actor_kind, actor_id, account_id, batch_id, count, reason, typed, ip, user_agent, request_id)
SELECT seq, id, at, kind, actor_kind, actor_id, account_id, batch_id, count, reason, typed, ip, user_agent, request_id
FROM audit_entries ORDER BY seq;

DROP TABLE audit_entries;
ALTER TABLE audit_entries_with_schedules RENAME TO audit_entries;

CREATE INDEX audit_entries_by_account ON audit_entries (account_id, at DESC, seq DESC);
CREATE INDEX audit_entries_by_time ON audit_entries (at, seq);
