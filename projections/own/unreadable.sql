-- What nobody can read is counted, once.
INSERT INTO unreadable
SELECT i.*
FROM illegible AS i
LEFT JOIN position AS p ON p.topic = i.topic AND p.partition = i.partition
WHERE i."offset" >= coalesce(p.next, 0);
