-- What the read models take in: new facts as they stand, and mended ones anew. `mended` comes from amend.py.
CREATE OR REPLACE TEMP VIEW batch AS
SELECT
    event_id, type, source, department, subject, time, recordedtime, published, timezone, actor,
    sourceref, correlationid, causationid, topic, partition, "offset", payload
FROM fresh AS f
ANTI JOIN withdrawn AS w ON w.event_id = f.event_id
WHERE f.repeat_of IS NULL
UNION ALL BY NAME
FROM mended;
