-- Rows and position move together.
MERGE INTO position AS p
USING reached AS r ON p.topic = r.topic AND p.partition = r.partition
WHEN MATCHED THEN UPDATE SET next = r.next
WHEN NOT MATCHED THEN INSERT (topic, partition, next) VALUES (r.topic, r.partition, r.next);

UPDATE edition SET
    number = number + 1,
    as_of = greatest(as_of, (SELECT max(published) FROM arrived));
