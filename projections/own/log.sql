-- The log itself comes first: what amends a fact must find it here, also when both came in one batch.
INSERT INTO event_log
SELECT
    event_id, type, source, department, subject, time, recordedtime, published, timezone, actor,
    sourceref, correlationid, causationid, topic, partition, "offset", payload,
    id_key, ref_key, repeat_of
FROM fresh;
