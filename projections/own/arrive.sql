-- From what arrived to what is new. `arrived` is the decoded batch; a fact is known by its id within its lane.
CREATE OR REPLACE TEMP TABLE once AS
SELECT
    * EXCLUDE (personal),
    coalesce(TRY_CAST('0x' || replace(event_id[1:13], '-', '') AS BIGINT), (hash(event_id) >> 1)::BIGINT) AS id_key,
    CASE WHEN sourceref IS NOT NULL THEN hash(type, subject, source, sourceref) END AS ref_key
FROM arrived
QUALIFY row_number() OVER (PARTITION BY topic, partition, event_id ORDER BY "offset") = 1;

CREATE OR REPLACE TEMP TABLE known AS
SELECT e.topic, e.partition, e.event_id, e."offset"
FROM event_log AS e
SEMI JOIN once AS o
    ON e.id_key = o.id_key AND e.event_id = o.event_id AND e.topic = o.topic AND e.partition = o.partition;

CREATE OR REPLACE TEMP TABLE fresh AS
SELECT o.*, NULL::VARCHAR AS repeat_of
FROM once AS o
ANTI JOIN known AS k ON k.topic = o.topic AND k.partition = o.partition AND k.event_id = o.event_id;

-- The second key of a repeat: the same record of the same system, under another id.
CREATE OR REPLACE TEMP TABLE repeated AS
WITH asked AS (FROM fresh WHERE ref_key IS NOT NULL),
earlier AS (
    SELECT e.ref_key, e.event_id, e."offset"
    FROM event_log AS e
    SEMI JOIN asked AS a ON a.ref_key = e.ref_key
    WHERE e.repeat_of IS NULL
),
firsts AS (
    SELECT ref_key, arg_min(event_id, "offset") AS event_id
    FROM (FROM earlier UNION ALL SELECT ref_key, event_id, "offset" FROM asked)
    GROUP BY ref_key
)
SELECT a.event_id, a.topic, a.partition, f.event_id AS repeat_of
FROM asked AS a
JOIN firsts AS f ON f.ref_key = a.ref_key AND f.event_id <> a.event_id;

UPDATE fresh SET repeat_of = r.repeat_of
FROM repeated AS r
WHERE r.event_id = fresh.event_id AND r.topic = fresh.topic AND r.partition = fresh.partition;

-- The log itself comes first: what amends a fact must find it here, also when both came in one batch.
INSERT INTO event_log
SELECT
    event_id, type, source, department, subject, time, recordedtime, published, timezone, actor,
    sourceref, correlationid, causationid, topic, partition, "offset", payload,
    id_key, ref_key, repeat_of
FROM fresh
ORDER BY topic, partition, "offset";
