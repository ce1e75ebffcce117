-- When a mail with the codes of a set failed for good, unless another one was asked for since.
ALTER TABLE batches ADD COLUMN email_failed_at timestamptz;
ALTER TABLE past_batches ADD COLUMN email_failed_at timestamptz;
