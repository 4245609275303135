-- Which facts are not what they were when they arrived.
INSERT INTO amendment
SELECT
    payload ->> '$.target_event_id', event_id, department, type = 'event.retracted',
    time, published, payload -> '$.set'
FROM fresh
WHERE type IN ('event.corrected', 'event.retracted') AND repeat_of IS NULL;

CREATE OR REPLACE TEMP TABLE withdrawn AS
WITH aimed AS (
    SELECT payload ->> '$.target_event_id' AS event_id
    FROM fresh
    WHERE type IN ('event.corrected', 'event.retracted') AND repeat_of IS NULL
    UNION
    SELECT f.event_id FROM fresh AS f SEMI JOIN amendment AS a ON a.target_event_id = f.event_id
),
-- Taking back an amendment, or the taking back of one, is about the fact at the end of that chain.
once_on AS (
    SELECT event_id FROM aimed
    UNION
    SELECT a.target_event_id FROM amendment AS a SEMI JOIN aimed ON aimed.event_id = a.event_id
)
SELECT event_id, id_key_of(event_id) AS id_key
FROM (
    SELECT event_id FROM once_on
    UNION
    SELECT a.target_event_id FROM amendment AS a SEMI JOIN once_on ON once_on.event_id = a.event_id
);
