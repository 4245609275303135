CREATE OR REPLACE VIEW personal.opportunity_said AS
SELECT o.*, s.personal ->> '$.text' AS text
FROM klantbus.opportunity_step AS o
LEFT JOIN personal.said AS s ON s.event_id = o.event_id AND s.subject = o.subject;
