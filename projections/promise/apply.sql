-- reads: promise.accepted, promise.declined, promise.rescheduled, promise.paused, promise.resumed
-- reads: promise.condition_met, promise.cancelled, promise.released, promise.closed_short
-- reads: promise.fulfilled, promise.risk_reported, evidence.linked, evidence.unlinked
DELETE FROM promise_step WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO promise_step
SELECT
    event_id, said.promise_id, type, subject, department, time, published, coalesce(said.by, department),
    said.reason, said.agreed, said.consent, said.initiated_by, said.told_at, said.expected_at, said.due
FROM (
    SELECT *, from_json(payload, '{
        "promise_id": "VARCHAR", "by": "VARCHAR", "reason": "VARCHAR", "agreed": "BOOLEAN", "consent": "BOOLEAN",
        "initiated_by": "VARCHAR", "told_at": "TIMESTAMPTZ", "expected_at": "TIMESTAMPTZ", "due": "JSON"}') AS said
    FROM batch
    WHERE (starts_with(type, 'promise.') OR starts_with(type, 'evidence.')) AND type <> 'promise.made'
)
ORDER BY said.promise_id, time;

-- reads: promise.made
DELETE FROM promise_made WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO promise_made
SELECT
    event_id, said.promise_id, subject, time, published, said.kind, said.scope, said.made_by, said.performer,
    said.order_ref, said.line_no, said.topic, said.due, said.requested_due, said.parent_promise_id, said.supersedes,
    said.value, said.amount, said.currency, said.importance, said.lines, said.prices
FROM (
    SELECT * EXCLUDE (topic), from_json(payload, '{
        "promise_id": "VARCHAR", "kind": "VARCHAR", "scope": "VARCHAR", "made_by": "VARCHAR", "performer": "VARCHAR",
        "order_ref": "VARCHAR", "line_no": "INTEGER", "topic": "VARCHAR", "due": "JSON", "requested_due": "JSON",
        "parent_promise_id": "VARCHAR", "supersedes": "VARCHAR", "value": "DECIMAL(12,2)", "amount": "DECIMAL(12,2)",
        "currency": "VARCHAR", "importance": "VARCHAR",
        "lines": [{"sku": "VARCHAR", "uom": "VARCHAR", "quantity": "DECIMAL(18,6)"}],
        "prices": [{"sku": "VARCHAR", "unit_net": "DECIMAL(12,4)", "currency": "VARCHAR"}]}') AS said
    FROM batch
    WHERE type = 'promise.made'
)
ORDER BY said.promise_id;

-- reads: verdict.changed
CREATE OR REPLACE TEMP TABLE judged AS
SELECT * RENAME ("at" AS judged_at) FROM (SELECT event_id, subject, published, partition, "offset", unnest(from_json(payload, '{
    "promise_id": "VARCHAR", "state": "VARCHAR", "flags": ["VARCHAR"], "at": "TIMESTAMPTZ", "kind": "VARCHAR",
    "scope": "VARCHAR", "made_by": "VARCHAR", "performer": "VARCHAR", "importance": "VARCHAR",
    "value": "DECIMAL(12,2)", "order_ref": "VARCHAR", "topic": "VARCHAR", "parent_promise_id": "VARCHAR",
    "made_at": "TIMESTAMPTZ", "accepted_at": "TIMESTAMPTZ", "starts_at": "TIMESTAMPTZ", "warn_at": "TIMESTAMPTZ",
    "due": "TIMESTAMPTZ", "grace_ends_at": "TIMESTAMPTZ", "original_due": "TIMESTAMPTZ",
    "requested_due": "TIMESTAMPTZ", "planned_at": "TIMESTAMPTZ", "done_at": "TIMESTAMPTZ", "ended_at": "TIMESTAMPTZ",
    "consent": "BOOLEAN", "revision": "INTEGER", "breach_count": "INTEGER", "calendar": "VARCHAR",
    "calendar_version": "INTEGER",
    "lines": [{"sku": "VARCHAR", "uom": "VARCHAR", "promised": "DECIMAL(18,6)", "fulfilled": "DECIMAL(18,6)"}],
    "evidence": [{"event_id": "VARCHAR", "at": "TIMESTAMPTZ", "tier": "VARCHAR", "sku": "VARCHAR",
                  "quantity": "DECIMAL(18,6)"}],
    "conflicts_with": ["VARCHAR"], "why": [{"event_id": "VARCHAR", "rule": "VARCHAR"}]}'))
FROM (
    SELECT event_id, subject, published, partition, "offset", payload FROM batch WHERE type = 'verdict.changed'
));

-- From when it is so in the world, which may lie before the moment we learned it.
INSERT INTO verdict
SELECT
    event_id, promise_id, subject, state, flags, judged_at,
    CASE
        WHEN state IN ('kept', 'kept_late') THEN coalesce(done_at, judged_at)
        WHEN state IN ('cancelled', 'released', 'partially_kept') THEN coalesce(ended_at, judged_at)
        WHEN state = 'accepted' THEN least(coalesce(greatest(accepted_at, made_at), made_at, judged_at), judged_at)
        WHEN state IN ('made', 'conditional') THEN least(coalesce(made_at, judged_at), judged_at)
        WHEN state = 'overdue' THEN least(coalesce(due, judged_at), judged_at)
        WHEN state = 'broken' THEN least(coalesce(grace_ends_at, judged_at), judged_at)
        ELSE judged_at
    END,
    published, partition, "offset", revision, due, evidence, why
FROM judged
ORDER BY promise_id, judged_at;

-- The verdict that stands. Whether one is older is looked up on narrow columns, and the rows that go are named by
-- their place: to update them would read the whole width of a large table.
CREATE OR REPLACE TEMP TABLE newest AS
SELECT j.* EXCLUDE (event_id), s.place
FROM judged AS j
SEMI JOIN (
    SELECT event_id, partition, "offset"
    FROM judged
    QUALIFY row_number() OVER (
        PARTITION BY promise_id ORDER BY judged_at DESC, published DESC, partition DESC, "offset" DESC) = 1
) AS last ON last.event_id = j.event_id AND last.partition = j.partition AND last."offset" = j."offset"
LEFT JOIN (
    SELECT p.rowid AS place, p.promise_id, p.judged_at, p.published, p.partition, p."offset"
    FROM promise AS p
    SEMI JOIN judged AS n ON n.promise_id = p.promise_id
) AS s ON s.promise_id = j.promise_id
WHERE s.place IS NULL
    OR (s.judged_at, s.published, s.partition, s."offset") < (j.judged_at, j.published, j.partition, j."offset");

DELETE FROM promise WHERE rowid IN (SELECT place FROM newest);

INSERT INTO promise BY NAME
SELECT * EXCLUDE (place) FROM newest
ORDER BY promise_id;
