-- reads: customer.registered, customer.updated
DELETE FROM customer_step WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO customer_step
SELECT
    event_id, subject, time, published, type = 'customer.registered', said.segment, said.account_owner,
    said.preferred_channel, said.do_not_call_before, said.do_not_call_after, said.language
FROM (
    SELECT *, from_json(payload, '{
        "segment": "VARCHAR", "account_owner": "VARCHAR", "preferred_channel": "VARCHAR",
        "do_not_call_before": "VARCHAR", "do_not_call_after": "VARCHAR", "language": "VARCHAR"}') AS said
    FROM batch
    WHERE type IN ('customer.registered', 'customer.updated')
)
ORDER BY subject, time;

-- reads: customer.merged, customer.unmerged
DELETE FROM customer_merge WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO customer_merge
SELECT event_id, payload ->> '$.from', payload ->> '$.into', type = 'customer.merged', time, published
FROM batch
WHERE type IN ('customer.merged', 'customer.unmerged')
ORDER BY time;
