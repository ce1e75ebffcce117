-- When somebody ended the delivery of a set before its time: whatever becomes of the sealed copy, it is over from then on.
ALTER TABLE batches ADD COLUMN delivery_ended_at timestamptz;
