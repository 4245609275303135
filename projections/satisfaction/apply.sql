-- reads: satisfaction.recorded
DELETE FROM satisfaction WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO satisfaction
SELECT
    event_id, subject, department, time, published, said.score, said.scale, said.about_department,
    said.about_promise
FROM (
    SELECT *, from_json(payload, '{
        "score": "INTEGER", "scale": "VARCHAR", "about_department": "VARCHAR",
        "about_promise": "VARCHAR"}') AS said
    FROM batch
    WHERE type = 'satisfaction.recorded'
)
ORDER BY subject, time;

-- reads: complaint.opened, complaint.closed
DELETE FROM complaint_step WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO complaint_step
SELECT
    event_id, said.complaint_id, type[11:], subject, department, time, published, said.promise_id, said.severity
FROM (
    SELECT *, from_json(payload, '{
        "complaint_id": "VARCHAR", "promise_id": "VARCHAR", "severity": "VARCHAR"}') AS said
    FROM batch
    WHERE starts_with(type, 'complaint.')
)
ORDER BY subject, time;
