-- An outbox is one SQLite file of one system of one department. Version 1.

CREATE TABLE waiting (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,   -- the order in which it was left
    topic   TEXT NOT NULL,
    key     BLOB,
    value   BLOB,
    headers BLOB NOT NULL                        -- see packing.py; the fact's id is inside, made before it came here
) STRICT;
