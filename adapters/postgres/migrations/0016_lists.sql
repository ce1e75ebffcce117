-- What lists are sorted and searched by. Each index ends in the id, so that a page can begin behind any row.

CREATE INDEX accounts_by_time ON accounts (created_at, id);
CREATE INDEX accounts_by_change ON accounts (modified_at, id);
CREATE INDEX accounts_of_staff ON accounts (id) WHERE role <> 'user';
CREATE INDEX accounts_suspended ON accounts (suspended, id) WHERE suspended IS NOT NULL;

CREATE INDEX batches_by_time ON batches (created_at, id);
-- What never expires comes last. Redeeming changes none of these columns.
CREATE INDEX batches_by_end
    ON batches ((coalesce(expires_at, '9999-12-30 22:00:00.999999+00'::timestamptz)), id);

-- The network of `ip`, as in 192.0.2.0/24.
ALTER TABLE audit_entries ADD COLUMN network text COLLATE "C";
-- The trail is shown by time and id, entries of one instant too: these take the place of those by the order of writing.
DROP INDEX audit_entries_by_time;
DROP INDEX audit_entries_by_account;
CREATE INDEX audit_entries_by_time ON audit_entries (at, id);
CREATE INDEX audit_entries_by_account ON audit_entries (account_id, at, id) WHERE account_id IS NOT NULL;
CREATE INDEX audit_entries_by_kind ON audit_entries (kind, at, id);
CREATE INDEX audit_entries_by_actor ON audit_entries (actor_id, at, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_entries_by_network ON audit_entries (network, at, id) WHERE network IS NOT NULL;
CREATE INDEX audit_entries_by_request ON audit_entries (request_id) WHERE request_id IS NOT NULL;

-- The address as addresses are compared.
ALTER TABLE email_log ADD COLUMN address_key text COLLATE "C";
UPDATE email_log SET address_key = lower(address) WHERE address_key IS NULL;
CREATE INDEX email_log_by_address ON email_log (address_key, created_at, task_id);
CREATE INDEX email_log_by_status ON email_log (status, created_at, task_id);

CREATE INDEX tasks_by_time ON tasks (created_at, id);
CREATE INDEX tasks_by_state ON tasks (state, created_at, id);
CREATE INDEX tasks_by_due ON tasks (due_at, id);
