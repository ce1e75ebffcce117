-- Background work, queued with what causes it. No foreign keys: what was done is kept when what it was about is gone.
CREATE TABLE tasks (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind            TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    -- The lower goes first.
    priority        INTEGER NOT NULL,
    payload_version INTEGER NOT NULL,
    -- Wiped when the task is done. Never a secret.
    payload         TEXT,
    -- Under a key that nothing in this database makes. Wiped when the task is done or given up.
    sealed          BLOB,
    unique_key      TEXT,
    account_id      BLOB    CHECK (length(account_id) = 16),
    batch_id        BLOB    CHECK (length(batch_id) = 16),
    schedule_id     BLOB    CHECK (length(schedule_id) = 16),
    created_at      INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    begun_at        INTEGER,
    ended_at        INTEGER,
    attempt         INTEGER NOT NULL CHECK (attempt >= 0),
    attempts        INTEGER NOT NULL CHECK (attempts >= 0),
    worker          BLOB    CHECK (length(worker) = 16),
    lease_until     INTEGER,
    summary         TEXT,
    -- Of the last attempt that failed.
    error           TEXT,
    CONSTRAINT tasks_running_are_leased CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT tasks_leased_have_a_worker CHECK (lease_until IS NULL OR worker IS NOT NULL),
    CONSTRAINT tasks_end_once CHECK ((state IN ('done', 'failed')) = (ended_at IS NOT NULL)),
    CONSTRAINT tasks_done_are_wiped CHECK ((state = 'done') = (payload IS NULL)),
    CONSTRAINT tasks_ended_keep_nothing_sealed CHECK (ended_at IS NULL OR sealed IS NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX tasks_unique_name ON tasks (unique_key)
    WHERE state IN ('queued', 'running') AND unique_key IS NOT NULL;
CREATE INDEX tasks_to_claim ON tasks (priority, due_at, id) WHERE state IN ('queued', 'running');
CREATE INDEX tasks_by_next ON tasks (coalesce(lease_until, due_at)) WHERE state IN ('queued', 'running');
CREATE INDEX tasks_by_end ON tasks (state, ended_at DESC, id DESC) WHERE ended_at IS NOT NULL;
CREATE INDEX tasks_by_account ON tasks (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX tasks_by_batch ON tasks (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX tasks_by_schedule ON tasks (schedule_id) WHERE schedule_id IS NOT NULL;

-- Processes that do the work, for people to see. Nothing is decided by it.
CREATE TABLE workers (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    host       TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    slots      INTEGER NOT NULL,
    busy       INTEGER NOT NULL,
    done       INTEGER NOT NULL,
    failed     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
