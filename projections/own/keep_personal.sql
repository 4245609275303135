-- Only what stands in the other file, at that place, and not what this file already has.
INSERT INTO personal.event_text
SELECT a.topic, a.partition, a."offset", a.event_id, a.type, a.subject, a.personal
FROM arrived AS a
SEMI JOIN (
    SELECT topic, partition, "offset" FROM fresh UNION ALL SELECT topic, partition, "offset" FROM known
) AS s ON s.topic = a.topic AND s.partition = a.partition AND s."offset" = a."offset"
LEFT JOIN personal.position AS p ON p.topic = a.topic AND p.partition = a.partition
WHERE a.personal IS NOT NULL AND a."offset" >= coalesce(p.next, 0)
ORDER BY a.topic, a.partition, a."offset";

MERGE INTO personal.position AS p
USING reached AS r ON p.topic = r.topic AND p.partition = r.partition
WHEN MATCHED AND r.next > p.next THEN UPDATE SET next = r.next
WHEN NOT MATCHED THEN INSERT (topic, partition, next) VALUES (r.topic, r.partition, r.next);

UPDATE personal.edition SET number = (SELECT any_value(e.number) FROM klantbus.edition AS e);
