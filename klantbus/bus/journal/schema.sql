-- A journal is one SQLite file. Version 1; `application_id` says whose it is, `user_version` how old.
-- Whoever changes a table raises the version in file.py and writes the step that leads there.

CREATE TABLE topics (
    topic_id       INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL UNIQUE,
    partitions     INTEGER NOT NULL,
    retention_days INTEGER           -- NULL keeps for ever
) STRICT;

CREATE TABLE lanes (                 -- one partition of one topic
    lane_id     INTEGER PRIMARY KEY,
    topic_id    INTEGER NOT NULL REFERENCES topics,
    partition   INTEGER NOT NULL,
    next_offset INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic_id, partition)
) STRICT;

CREATE TABLE records (
    place    INTEGER PRIMARY KEY,    -- lane_id * 2^40 + offset: one B-tree, in order per lane, no second index
    appended INTEGER NOT NULL,       -- µs since 1970 UTC, the journal's own clock
    key      BLOB,
    value    BLOB,
    headers  BLOB NOT NULL           -- see packing.py
) STRICT;

CREATE TABLE positions (             -- where a group reads on
    group_name  TEXT    NOT NULL,
    lane_id     INTEGER NOT NULL REFERENCES lanes,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (group_name, lane_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tide (                  -- one row: the last append time, below which no later one may fall
    appended INTEGER NOT NULL
) STRICT;

INSERT INTO tide VALUES (0);
