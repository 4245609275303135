-- The second key of a repeat: the same record of the same system, under another id.
CREATE OR REPLACE TEMP TABLE repeated AS
WITH earlier AS (
    SELECT e.ref_key, e.event_id, e."offset"
    FROM event_log AS e
    SEMI JOIN fresh AS f ON f.ref_key = e.ref_key
    WHERE e.repeat_of IS NULL
),
firsts AS (
    SELECT ref_key, arg_min(event_id, "offset") AS event_id
    FROM (FROM earlier UNION ALL SELECT ref_key, event_id, "offset" FROM fresh WHERE ref_key IS NOT NULL)
    GROUP BY ref_key
)
SELECT f.rowid AS place, s.event_id AS repeat_of
FROM fresh AS f
JOIN firsts AS s ON s.ref_key = f.ref_key AND s.event_id <> f.event_id;

UPDATE fresh SET repeat_of = r.repeat_of
FROM repeated AS r
WHERE r.place = fresh.rowid;
