CREATE OR REPLACE VIEW personal.delivery_received AS
SELECT d.*, s.personal ->> '$.received_by' AS received_by
FROM klantbus.delivery_step AS d
LEFT JOIN personal.said AS s ON s.event_id = d.event_id AND s.subject = d.subject
WHERE d.stage = 'completed';
