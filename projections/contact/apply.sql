-- reads: contact.logged
DELETE FROM contact WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO contact
SELECT
    event_id, said.contact_id, subject, department, time, published,
    said.direction, said.channel, said.reached, said.topic, said.order_ref, said.mood,
    said.promise_ids, said.briefing_viewed_at, actor
FROM (
    SELECT *, from_json(payload, '{
        "contact_id": "VARCHAR", "direction": "VARCHAR", "channel": "VARCHAR", "reached": "BOOLEAN",
        "topic": "VARCHAR", "order_ref": "VARCHAR", "mood": "VARCHAR", "promise_ids": ["VARCHAR"],
        "briefing_viewed_at": "TIMESTAMPTZ"}') AS said
    FROM batch AS b
    WHERE type = 'contact.logged'
)
ORDER BY subject, time;
