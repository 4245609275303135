-- By number alone: after a merge the judge speaks of the customer by another number than the fact did.
CREATE OR REPLACE VIEW personal.promise_said AS
SELECT p.*, s.personal ->> '$.as_said' AS as_said
FROM klantbus.promise AS p
LEFT JOIN klantbus.promise_made AS m ON m.promise_id = p.promise_id
LEFT JOIN personal.said AS s ON s.event_id = m.event_id AND s.subject = m.subject;
