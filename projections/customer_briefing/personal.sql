-- All words of one customer, whichever of the numbers is asked for.
CREATE OR REPLACE MACRO personal.spoken_of(customer) AS TABLE
SELECT s.event_id, s.subject, e.time, e.published, e.department, s.type, s.personal
FROM personal.said AS s
JOIN klantbus.event_log AS e ON e.event_id = s.event_id AND e.subject = s.subject
WHERE s.subject IN (SELECT n.subject FROM klantbus.numbers_of(customer) AS n);

-- The briefing for who may see it: the wide row, and the words that were used, the last first.
CREATE OR REPLACE MACRO personal.briefing_of(customer) AS TABLE
SELECT
    b.*,
    (
        SELECT arg_max(s.personal ->> '$.name', (s.time, s.published))
        FROM personal.spoken_of(customer) AS s
        WHERE s.type IN ('customer.registered', 'customer.updated')
    ) AS name,
    (
        SELECT list({
            'time': s.time, 'type': s.type, 'department': s.department,
            'text': coalesce(
                s.personal ->> '$.as_said', s.personal ->> '$.summary', s.personal ->> '$.text',
                s.personal ->> '$.comment', s.personal ->> '$.note', s.personal ->> '$.reason')}
            ORDER BY s.time DESC, s.event_id)[:20]
        FROM personal.spoken_of(customer) AS s
        WHERE s.type IN ('contact.logged', 'promise.made', 'complaint.opened', 'satisfaction.recorded',
                         'opportunity.signalled', 'promise.declined', 'promise.risk_reported')
    ) AS words
FROM klantbus.briefing_of(customer) AS b;
