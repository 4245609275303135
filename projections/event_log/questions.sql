-- How many facts of each type each department stated, and when the last came.
CREATE OR REPLACE VIEW facts_by_department AS
SELECT department, type, count(*) AS facts, max(published) AS last_published
FROM event_log
GROUP BY ALL
ORDER BY department, type;
