-- The alert ledger: what was said, what stands, what was sent. Times are microseconds since 1970, UTC.
CREATE TABLE IF NOT EXISTS instant (
    name TEXT PRIMARY KEY,  -- born: since when it knows; horizon: before when it has forgotten what is over
    at   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS edge (
    id    TEXT PRIMARY KEY,  -- the event's id: a repeat is recognised by it
    alert TEXT NOT NULL,
    word  TEXT NOT NULL,
    kind  TEXT NOT NULL,
    key   TEXT NOT NULL,
    at    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS answer (
    id    TEXT PRIMARY KEY,
    alert TEXT NOT NULL,
    at    INTEGER NOT NULL,
    body  TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_alert ON answer (alert, at, id);

CREATE TABLE IF NOT EXISTS alert (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL,
    status   TEXT NOT NULL,
    customer TEXT NOT NULL,
    promise  TEXT NOT NULL,
    caused   TEXT NOT NULL,  -- the key of the alert it follows from
    parent   TEXT NOT NULL,  -- the promise that this hand-off serves
    held_by  TEXT NOT NULL,
    raised   INTEGER NOT NULL,
    over     INTEGER,        -- when it was resolved
    look     INTEGER,        -- when to look at it next; null: nothing to come
    body     TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS alert_fingerprint ON alert (kind, key, seq);
CREATE INDEX IF NOT EXISTS alert_over ON alert (over) WHERE over IS NOT NULL;
CREATE INDEX IF NOT EXISTS alert_look ON alert (look) WHERE look IS NOT NULL;
CREATE INDEX IF NOT EXISTS alert_held ON alert (held_by) WHERE held_by <> '';
CREATE INDEX IF NOT EXISTS alert_caused ON alert (caused) WHERE caused <> '';
CREATE INDEX IF NOT EXISTS alert_parent ON alert (parent) WHERE parent <> '';
CREATE INDEX IF NOT EXISTS alert_broken ON alert (customer) WHERE kind = 'promise.broken' AND status <> 'resolved';
CREATE INDEX IF NOT EXISTS alert_open ON alert (raised) WHERE status <> 'resolved';

CREATE TABLE IF NOT EXISTS gathering (
    department TEXT NOT NULL,
    kind       TEXT NOT NULL,
    phase      TEXT NOT NULL,
    opened     INTEGER NOT NULL,
    PRIMARY KEY (department, kind, phase)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS delivery (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,  -- the idempotency key
    channel  TEXT NOT NULL,
    address  TEXT NOT NULL,
    level    TEXT NOT NULL,
    receiver TEXT NOT NULL,
    at       INTEGER NOT NULL,      -- the logical instant of its first step
    decided  INTEGER NOT NULL,
    state    TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    try_at   INTEGER,               -- null: nothing left to try
    handed   INTEGER,               -- when the receiver said yes
    answer   TEXT NOT NULL DEFAULT '',
    letter   TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS delivery_try ON delivery (try_at, channel, address) WHERE try_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS told (
    alert    TEXT NOT NULL,
    delivery TEXT NOT NULL,
    PRIMARY KEY (alert, delivery)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS told_delivery ON told (delivery);

CREATE TABLE IF NOT EXISTS unstated (
    seq  INTEGER PRIMARY KEY,
    id   TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL  -- a fact that the bus is still to be told
);

CREATE TABLE IF NOT EXISTS rest (
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    until   INTEGER NOT NULL,  -- it asked to be left alone so long
    PRIMARY KEY (channel, address)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS gone (
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    since   INTEGER NOT NULL,
    PRIMARY KEY (channel, address)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS digest (
    department TEXT PRIMARY KEY,
    day        TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS care (
    customer TEXT PRIMARY KEY,
    owner    TEXT NOT NULL  -- the account owner, by a pseudonymous number
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS position (
    topic     TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next      INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
