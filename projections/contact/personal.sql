CREATE OR REPLACE VIEW personal.contact_said AS
SELECT c.*, s.personal ->> '$.contact_person' AS contact_person, s.personal ->> '$.summary' AS summary
FROM klantbus.contact AS c
LEFT JOIN personal.said AS s ON s.event_id = c.event_id AND s.type = 'contact.logged' AND s.subject = c.subject;
