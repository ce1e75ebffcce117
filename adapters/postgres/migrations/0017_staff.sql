-- `staff`: somebody in the console, by the id of their account.
ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_actor_is_known;
ALTER TABLE audit_entries ADD CONSTRAINT audit_entries_actor_is_known CHECK (
    CASE actor_kind
        WHEN 'client' THEN actor_id IS NOT NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'staff' THEN actor_id IS NOT NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'command_line' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'owner' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'service' THEN actor_id IS NULL AND actor_name IS NULL AND actor_saved_by IS NULL
        WHEN 'schedule' THEN actor_id IS NULL AND actor_name IS NOT NULL AND actor_saved_by IS NOT NULL
        ELSE false
    END
);
