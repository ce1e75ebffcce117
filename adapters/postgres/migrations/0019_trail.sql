-- The trail by who did it, such as the people in the console, who do little beside what applications do.
CREATE INDEX audit_entries_by_actor_kind ON audit_entries (actor_kind, at, id);

-- Entries from before networks were kept, which get theirs from their address; then there is nothing in it.
CREATE INDEX audit_entries_without_network ON audit_entries (ip) WHERE network IS NULL AND ip IS NOT NULL;
