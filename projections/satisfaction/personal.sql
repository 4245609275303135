CREATE OR REPLACE VIEW personal.satisfaction_said AS
SELECT f.*, s.personal ->> '$.comment' AS comment
FROM klantbus.satisfaction AS f
LEFT JOIN personal.said AS s ON s.event_id = f.event_id AND s.subject = f.subject;

CREATE OR REPLACE VIEW personal.complaint_said AS
SELECT f.*, s.personal ->> '$.text' AS text
FROM klantbus.complaint_step AS f
LEFT JOIN personal.said AS s ON s.event_id = f.event_id AND s.subject = f.subject;
