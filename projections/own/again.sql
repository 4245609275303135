-- Leave out what came before. `known` is where that stands.
CREATE OR REPLACE TEMP TABLE known AS
SELECT f.topic, f.partition, f.event_id, e."offset"
FROM event_log AS e
JOIN fresh AS f
    ON e.id_key = f.id_key AND e.event_id = f.event_id AND e.topic = f.topic AND e.partition = f.partition;

DELETE FROM fresh
WHERE rowid IN (
    SELECT f.rowid
    FROM fresh AS f
    SEMI JOIN known AS n ON n.topic = f.topic AND n.partition = f.partition AND n.event_id = f.event_id
    UNION ALL
    SELECT f.rowid
    FROM fresh AS f
    SEMI JOIN (SELECT id_key FROM fresh GROUP BY ALL HAVING count(*) > 1) AS twice ON twice.id_key = f.id_key
    QUALIFY row_number() OVER (PARTITION BY topic, partition, event_id ORDER BY "offset") > 1
);
