-- Answers of requests that may come again. All that is here are keyed hashes, and answers sealed under a key that
-- nothing in this database makes.
CREATE TABLE answers (
    -- Of the key of idempotency, who sent it and what about.
    place   BLOB    NOT NULL PRIMARY KEY CHECK (length(place) = 32),
    content BLOB    NOT NULL CHECK (length(content) = 32),
    -- Which try may answer.
    claim   BLOB    NOT NULL CHECK (length(claim) = 16),
    answer  BLOB,
    -- The end of the claim, then of the answer.
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_end ON answers (until);
