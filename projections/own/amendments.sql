SELECT a.target_event_id, a.event_id, a.retracts, a.time, a.published, a.changes
FROM standing_amendment AS a
SEMI JOIN withdrawn AS w ON w.event_id = a.target_event_id;
