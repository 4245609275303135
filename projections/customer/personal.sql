CREATE OR REPLACE VIEW personal.customer_name AS
SELECT c.subject AS customer_id, arg_max(s.personal ->> '$.name', (c.time, c.published, c.event_id)) AS name
FROM klantbus.customer_step AS c
JOIN personal.said AS s ON s.event_id = c.event_id AND s.subject = c.subject
GROUP BY c.subject;

-- The numbers that a customer calls from: the last that were stated, a fact without any says nothing new.
CREATE OR REPLACE VIEW personal.customer_phone AS
SELECT customer_id, unnest(phones) AS phone
FROM (
    SELECT c.subject AS customer_id, arg_max(said.phones, (c.time, c.published, c.event_id)) AS phones
    FROM klantbus.customer_step AS c
    JOIN (
        SELECT event_id, subject, from_json(personal -> '$.phones', '["VARCHAR"]') AS phones FROM personal.said
        WHERE type IN ('customer.registered', 'customer.updated')
    ) AS said ON said.event_id = c.event_id AND said.subject = c.subject
    WHERE len(said.phones) > 0
    GROUP BY c.subject
);
