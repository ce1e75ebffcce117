-- Answers of requests that may come again. All that is here are keyed hashes, and answers sealed under a key that
-- nothing in this database makes.
CREATE TABLE answers (
    -- Of the key of idempotency, who sent it and what about.
    place   bytea       PRIMARY KEY,
    content bytea       NOT NULL,
    -- Which try may answer.
    claim   uuid        NOT NULL,
    answer  bytea,
    -- The end of the claim, then of the answer.
    until   timestamptz NOT NULL,
    CONSTRAINT answers_are_kept_under_hashes CHECK (octet_length(place) = 32 AND octet_length(content) = 32)
);

CREATE INDEX answers_by_end ON answers (until);
