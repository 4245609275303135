-- The facts that somebody amended, as they arrived.
SELECT
    e.event_id, e.type, e.source, e.department, e.subject, e.time, e.recordedtime, e.published, e.timezone, e.actor,
    e.sourceref, e.correlationid, e.causationid, e.topic, e.partition, e."offset", e.payload
FROM event_log AS e
SEMI JOIN withdrawn AS w ON w.id_key = e.id_key AND w.event_id = e.event_id
WHERE e.repeat_of IS NULL;
