-- The words that were used, beside the briefing: what was promised, and what the last contacts were about.
CREATE OR REPLACE MACRO personal.words_of(customer) AS TABLE
SELECT s.subject, e.time, e.department, s.type, s.personal
FROM personal.said AS s
JOIN klantbus.event_log AS e ON e.event_id = s.event_id AND e.subject = s.subject
WHERE s.subject IN (SELECT n.subject FROM klantbus.numbers_of(customer) AS n)
ORDER BY e.time DESC, s.event_id;
