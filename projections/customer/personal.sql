CREATE OR REPLACE VIEW personal.customer_name AS
SELECT c.subject AS customer_id, arg_max(s.personal ->> '$.name', (c.time, c.published, c.event_id)) AS name
FROM klantbus.customer_step AS c
JOIN personal.said AS s ON s.event_id = c.event_id AND s.subject = c.subject
GROUP BY c.subject;
