-- after: promise, alert, customer
-- Question 11. Customers who called three times or more in five working days, and what was open then, whichever of
-- their numbers they called about.
CREATE OR REPLACE VIEW customers_who_had_to_chase AS
WITH chased AS (
    SELECT a.alert_id, a.key, a.raised_at, a.resolved_at, coalesce(m.customer_id, a.key) AS chief
    FROM alerts_of(['contact.chasing']) AS a LEFT JOIN customer_alias AS m ON m.alias = a.key
),
numbers AS (
    SELECT chief, chief AS subject FROM chased
    UNION
    SELECT c.chief, m.alias FROM chased AS c JOIN customer_alias AS m ON m.customer_id = c.chief
),
calls AS (
    SELECT n.chief, c.time
    FROM contact AS c JOIN numbers AS n ON n.subject = c.subject
    WHERE c.direction = 'in'
),
promises AS (
    SELECT n.chief, p.promise_id, p.made_at, coalesce(p.done_at, p.ended_at, 'infinity'::TIMESTAMPTZ) AS over_at
    FROM promise AS p JOIN numbers AS n ON n.subject = p.subject
)
SELECT
    a.key AS customer_id, a.raised_at, a.resolved_at,
    (
        SELECT count(*) FROM calls AS c
        WHERE c.chief = a.chief AND c.time BETWEEN a.raised_at - INTERVAL 168 HOUR AND a.raised_at
    ) AS calls,
    (
        SELECT list(p.promise_id ORDER BY p.promise_id) FROM promises AS p
        WHERE p.chief = a.chief AND p.made_at <= a.raised_at AND p.over_at > a.raised_at
    ) AS open_promises
FROM chased AS a
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
