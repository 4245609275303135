-- after: promise, alert
-- Question 11. Customers who called three times or more in five working days, and what was open then.
CREATE OR REPLACE VIEW customers_who_had_to_chase AS
SELECT
    a.key AS customer_id, a.raised_at, a.resolved_at,
    (
        SELECT count(*) FROM contact AS c
        WHERE c.subject = a.key AND c.direction = 'in'
            AND c.time BETWEEN a.raised_at - INTERVAL 7 DAY AND a.raised_at
    ) AS calls,
    (
        SELECT list(p.promise_id ORDER BY p.promise_id) FROM promise AS p
        WHERE p.subject = a.key AND p.made_at <= a.raised_at
            AND coalesce(p.done_at, p.ended_at, 'infinity'::TIMESTAMPTZ) > a.raised_at
    ) AS open_promises
FROM alert AS a
WHERE a.kind = 'contact.chasing'
ORDER BY a.raised_at DESC;

-- Which share of the contacts had the briefing opened in the quarter of an hour before (RULES section 9).
CREATE OR REPLACE VIEW briefed_contact_rate AS
SELECT
    department, local_day(time) AS day, count(*) AS contacts,
    count(*) FILTER (WHERE time - briefing_viewed_at BETWEEN INTERVAL 0 SECOND AND INTERVAL 15 MINUTE) AS briefed,
    briefed / contacts AS rate
FROM contact
GROUP BY ALL
ORDER BY day, department;
