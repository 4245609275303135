-- A batch in which nothing was amended: all that is new.
CREATE OR REPLACE TEMP TABLE withdrawn (event_id VARCHAR, id_key BIGINT);

CREATE OR REPLACE TEMP VIEW batch AS
SELECT
    event_id, type, source, department, subject, time, recordedtime, published, timezone, actor,
    sourceref, correlationid, causationid, topic, partition, "offset", payload
FROM fresh
WHERE repeat_of IS NULL;
