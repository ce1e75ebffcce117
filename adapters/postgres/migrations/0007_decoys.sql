-- Rows that stand in for accounts that there are none of, so that an attempt for an unknown one locks and changes a row
-- as one for a known account does, and takes as long.
CREATE TABLE decoys (
    number   smallint PRIMARY KEY,
    failures integer  NOT NULL
) WITH (fillfactor = 50);

INSERT INTO decoys (number, failures) SELECT number, 0 FROM generate_series(0, 255) AS number;
