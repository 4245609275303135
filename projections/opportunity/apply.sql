-- reads: opportunity.signalled, opportunity.picked_up, opportunity.closed
DELETE FROM opportunity_step WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO opportunity_step
SELECT
    event_id, said.opportunity_id, type[13:], subject, department, time, published, said.product, said.strength,
    said.seen_by, said.owner, said.result
FROM (
    SELECT *, from_json(payload, '{
        "opportunity_id": "VARCHAR", "product": "VARCHAR", "strength": "VARCHAR", "seen_by": "VARCHAR",
        "owner": "VARCHAR", "result": "VARCHAR"}') AS said
    FROM batch
    WHERE starts_with(type, 'opportunity.')
)
ORDER BY subject, time;
