-- reads: alert.raised, alert.acknowledged, alert.assigned, alert.snoozed, alert.escalated, alert.resolved
DELETE FROM alert_edge WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO alert_edge
SELECT
    event_id, said.alert_id, type[7:], subject, department, coalesce(said."at", time), published, said.kind, said.key,
    said.severity, said.department, said.promise_id, said.promise_ids, said.owner, said.until, said.level,
    said.reason, said.state, said.lag_minutes, said.cause, said.why
FROM (
    SELECT *, from_json(payload, '{
        "alert_id": "VARCHAR", "at": "TIMESTAMPTZ", "kind": "VARCHAR", "key": "VARCHAR", "severity": "VARCHAR",
        "department": "VARCHAR", "promise_id": "VARCHAR", "promise_ids": ["VARCHAR"], "owner": "VARCHAR",
        "until": "TIMESTAMPTZ", "level": "INTEGER", "reason": "VARCHAR", "state": "VARCHAR",
        "lag_minutes": "INTEGER", "cause": "VARCHAR", "why": [{"event_id": "VARCHAR", "rule": "VARCHAR"}]}') AS said
    FROM batch
    WHERE starts_with(type, 'alert.')
)
ORDER BY said.kind, said.key, time;
