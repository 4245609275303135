-- From what arrived to what is new. `arrived` is the decoded batch; a fact is known by its id within its lane.
-- Looking for the same fact twice is done on narrow rows; what is whole is written once, into `fresh`.
CREATE OR REPLACE TEMP VIEW keyed AS
SELECT
    * EXCLUDE (personal),
    coalesce(TRY_CAST('0x' || replace(event_id[1:13], '-', '') AS BIGINT), (hash(event_id) >> 1)::BIGINT) AS id_key,
    CASE WHEN sourceref IS NOT NULL THEN hash(type, subject, source, sourceref) END AS ref_key
FROM arrived;

CREATE OR REPLACE TEMP TABLE known AS
SELECT k.topic, k.partition, k.event_id, e."offset"
FROM event_log AS e
JOIN keyed AS k
    ON e.id_key = k.id_key AND e.event_id = k.event_id AND e.topic = k.topic AND e.partition = k.partition;

CREATE OR REPLACE TEMP TABLE again AS
SELECT topic, partition, "offset"
FROM keyed AS k
SEMI JOIN known AS n ON n.topic = k.topic AND n.partition = k.partition AND n.event_id = k.event_id
UNION ALL
SELECT topic, partition, "offset"
FROM keyed AS k
SEMI JOIN (SELECT id_key FROM keyed GROUP BY ALL HAVING count(*) > 1) AS twice ON twice.id_key = k.id_key
QUALIFY row_number() OVER (PARTITION BY topic, partition, event_id ORDER BY "offset") > 1;

-- The second key of a repeat: the same record of the same system, under another id.
CREATE OR REPLACE TEMP TABLE repeated AS
WITH asked AS (
    FROM keyed AS k
    ANTI JOIN again AS a ON a.topic = k.topic AND a.partition = k.partition AND a."offset" = k."offset"
    WHERE k.ref_key IS NOT NULL
),
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
SELECT a.topic, a.partition, a."offset", f.event_id AS repeat_of
FROM asked AS a
JOIN firsts AS f ON f.ref_key = a.ref_key AND f.event_id <> a.event_id;

CREATE OR REPLACE TEMP TABLE fresh AS
SELECT a.*, r.repeat_of
FROM keyed AS a
ANTI JOIN again AS n ON n.topic = a.topic AND n.partition = a.partition AND n."offset" = a."offset"
LEFT JOIN repeated AS r ON r.topic = a.topic AND r.partition = a.partition AND r."offset" = a."offset";

-- The log itself comes first: what amends a fact must find it here, also when both came in one batch.
INSERT INTO event_log
SELECT
    event_id, type, source, department, subject, time, recordedtime, published, timezone, actor,
    sourceref, correlationid, causationid, topic, partition, "offset", payload,
    id_key, ref_key, repeat_of
FROM fresh;
