-- Background work, queued with what causes it. No foreign keys: what was done is kept when what it was about is gone.
CREATE TABLE tasks (
    id              uuid        PRIMARY KEY,
    kind            text        COLLATE "C" NOT NULL,
    state           text        COLLATE "C" NOT NULL,
    -- The lower goes first.
    priority        smallint    NOT NULL,
    payload_version integer     NOT NULL,
    -- Wiped when the task is done. Never a secret.
    payload         text        COLLATE "C",
    -- Under a key that nothing in this database makes. Wiped when the task is done or given up.
    sealed          bytea,
    unique_key      text        COLLATE "C",
    account_id      uuid,
    batch_id        uuid,
    schedule_id     uuid,
    created_at      timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    begun_at        timestamptz,
    ended_at        timestamptz,
    attempt         bigint      NOT NULL,
    attempts        bigint      NOT NULL,
    worker          uuid,
    lease_until     timestamptz,
    summary         text        COLLATE "C",
    -- Of the last attempt that failed.
    error           text        COLLATE "C",
    CONSTRAINT tasks_state_is_known CHECK (state IN ('queued', 'running', 'done', 'failed')),
    CONSTRAINT tasks_attempts_are_counted CHECK (attempt >= 0 AND attempts >= 0),
    CONSTRAINT tasks_running_are_leased CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT tasks_leased_have_a_worker CHECK (lease_until IS NULL OR worker IS NOT NULL),
    CONSTRAINT tasks_end_once CHECK ((state IN ('done', 'failed')) = (ended_at IS NOT NULL)),
    CONSTRAINT tasks_done_are_wiped CHECK ((state = 'done') = (payload IS NULL)),
    CONSTRAINT tasks_ended_keep_nothing_sealed CHECK (ended_at IS NULL OR sealed IS NULL)
);

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
    id         uuid        PRIMARY KEY,
    host       text        COLLATE "C" NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    slots      bigint      NOT NULL,
    busy       bigint      NOT NULL,
    done       bigint      NOT NULL,
    failed     bigint      NOT NULL
);
