-- What is cleared away after a time: when, by whom, and what came of it.

CREATE TABLE schedules (
    id             uuid        PRIMARY KEY,
    name           text        COLLATE "C" NOT NULL,
    clean_up       text        COLLATE "C" NOT NULL,
    retention_days bigint      NOT NULL,
    -- The first occurrence as a clock on the wall of the zone shows it.
    first          text        COLLATE "C" NOT NULL,
    zone           text        COLLATE "C" NOT NULL,
    rhythm         text        COLLATE "C" NOT NULL,
    next_at        timestamptz,
    extra_at       timestamptz,
    delete_empty   boolean     NOT NULL,
    log_run        boolean     NOT NULL,
    report         text        COLLATE "C" NOT NULL,
    enabled        boolean     NOT NULL,
    saved_by       text        COLLATE "C" NOT NULL,
    created_at     timestamptz NOT NULL,
    modified_at    timestamptz NOT NULL,
    revision       bigint      NOT NULL,
    last_at        timestamptz,
    last_status    text        COLLATE "C",
    last_error     text        COLLATE "C",
    total_removed  bigint      NOT NULL,
    CONSTRAINT schedules_one_per_name UNIQUE (name),
    CONSTRAINT schedules_last_run_is_whole CHECK ((last_at IS NULL) = (last_status IS NULL)),
    CONSTRAINT schedules_numbers_are_numbers CHECK (retention_days >= 0 AND revision >= 0 AND total_removed >= 0)
);

-- Ids that don't come back: a built-in schedule that was removed stays away.
CREATE TABLE removed_schedules (
    id uuid PRIMARY KEY
);

-- Nothing in here is a foreign key: the record outlives what it tells of.
CREATE TABLE clean_up_runs (
    id              uuid        PRIMARY KEY,
    clean_up        text        COLLATE "C" NOT NULL,
    -- `schedule`, with its id, the name it had and who saved it last, or `command_line`.
    started_by      text        COLLATE "C" NOT NULL,
    schedule_id     uuid,
    schedule_name   text        COLLATE "C",
    saved_by        text        COLLATE "C",
    started_at      timestamptz NOT NULL,
    retention_days  bigint      NOT NULL,
    until           timestamptz NOT NULL,
    status          text        COLLATE "C" NOT NULL,
    ended_at        timestamptz,
    error           text        COLLATE "C",
    removed         bigint      NOT NULL,
    removed_batches bigint      NOT NULL,
    oldest          timestamptz,
    newest          timestamptz,
    CONSTRAINT clean_up_runs_starter_is_known CHECK (
        CASE started_by
            WHEN 'schedule' THEN schedule_id IS NOT NULL AND schedule_name IS NOT NULL AND saved_by IS NOT NULL
            WHEN 'command_line' THEN schedule_id IS NULL AND schedule_name IS NULL AND saved_by IS NULL
            ELSE false
        END
    ),
    CONSTRAINT clean_up_runs_range_is_whole CHECK ((oldest IS NULL) = (newest IS NULL)),
    CONSTRAINT clean_up_runs_numbers_are_numbers
        CHECK (retention_days >= 0 AND removed >= 0 AND removed_batches >= 0)
);

CREATE INDEX clean_up_runs_by_start ON clean_up_runs (started_at DESC, id DESC);
CREATE INDEX clean_up_runs_by_end ON clean_up_runs (ended_at);
CREATE INDEX clean_up_runs_unfinished ON clean_up_runs (schedule_id, started_at DESC, id DESC) WHERE ended_at IS NULL;

-- What a run took from one batch. The batch is no foreign key: it may be gone by then.
CREATE TABLE clean_up_batches (
    run_id     uuid        NOT NULL REFERENCES clean_up_runs ON DELETE CASCADE,
    batch_id   uuid        NOT NULL,
    subject    text        COLLATE "C" NOT NULL,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz,
    taken      bigint      NOT NULL,
    rows_left  bigint      NOT NULL,
    gone       boolean     NOT NULL,
    PRIMARY KEY (run_id, batch_id),
    CONSTRAINT clean_up_batches_numbers_are_numbers CHECK (taken >= 0 AND rows_left >= 0)
);

CREATE INDEX clean_up_batches_by_most ON clean_up_batches (run_id, taken DESC, batch_id);
-- Whoever is erased is not told of any more.
CREATE INDEX clean_up_batches_by_subject ON clean_up_batches (subject);

-- The retention of codes that expired while live counts from their batch's expiry. A batch is in here as long as it can
-- have such codes: a code is live in a standing batch only. Redeeming changes none of these columns.
CREATE INDEX batches_expiring ON batches (expires_at)
    WHERE purged < issued AND superseded_at IS NULL AND invalidated_at IS NULL AND deleted_at IS NULL;
-- Those that have no row of a code left.
CREATE INDEX batches_emptied ON batches (created_at, id) WHERE purged = issued;

-- What a batch was when its row went; its owner's history shows it still.
CREATE TABLE past_batches (
    id                uuid        PRIMARY KEY,
    account_id        uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    profile           text        COLLATE "C" NOT NULL,
    issued            integer     NOT NULL,
    used              integer     NOT NULL,
    invalidated       integer     NOT NULL,
    removed           integer     NOT NULL,
    purged            integer     NOT NULL,
    created_at        timestamptz NOT NULL,
    modified_at       timestamptz NOT NULL,
    expires_at        timestamptz,
    superseded_at     timestamptz,
    invalidated_at    timestamptz,
    deleted_at        timestamptz,
    viewed_at         timestamptz,
    downloaded_at     timestamptz,
    emailed_at        timestamptz,
    delivery_digest   bytea,
    delivery_ended_at timestamptz,
    past_since        timestamptz NOT NULL
);

CREATE INDEX past_batches_by_account ON past_batches (account_id, created_at DESC, id DESC);
CREATE INDEX past_batches_by_time ON past_batches (past_since, id);

-- How mails stand: never a header or a body.
CREATE TABLE email_log (
    task_id    uuid        PRIMARY KEY,
    account_id uuid        REFERENCES accounts ON DELETE CASCADE,
    address    text        COLLATE "C" NOT NULL,
    subject    text        COLLATE "C" NOT NULL,
    status     text        COLLATE "C" NOT NULL,
    attempts   bigint      NOT NULL,
    error      text        COLLATE "C",
    created_at timestamptz NOT NULL,
    tried_at   timestamptz NOT NULL,
    CONSTRAINT email_log_status_is_known CHECK (status IN ('sent', 'waiting', 'failed')),
    CONSTRAINT email_log_attempts_is_a_number CHECK (attempts >= 0)
);

CREATE INDEX email_log_by_account ON email_log (account_id);
CREATE INDEX email_log_by_time ON email_log (created_at, task_id);

-- What people were told lately.
CREATE TABLE notices (
    -- The order of noting, for notices of one instant.
    seq        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    task_id    uuid        NOT NULL,
    account_id uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    at         timestamptz NOT NULL,
    -- What is to be said later; null when it was said.
    held       text        COLLATE "C",
    CONSTRAINT notices_once UNIQUE (task_id)
);

CREATE INDEX notices_by_account ON notices (account_id, at);
CREATE INDEX notices_by_time ON notices (at) WHERE held IS NULL;

-- `schedule`: nobody; by the name it had, and who saved it last.
ALTER TABLE audit_entries
    ADD COLUMN actor_name text COLLATE "C",
    ADD COLUMN actor_saved_by text COLLATE "C",
    DROP CONSTRAINT audit_entries_actor_is_known;
ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_actor_is_known CHECK (
    CASE actor_kind
        WHEN 'client' THEN actor_id IS NOT NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'command_line' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'owner' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'service' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'schedule' THEN actor_id IS NULL AND actor_name IS NOT NULL AND actor_saved_by IS NOT NULL
        ELSE false
    END
);
