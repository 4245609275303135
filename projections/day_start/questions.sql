-- after: promise, alert, event_log, money, delivery
-- What a department has to look at when its day starts, most pressing first: `urgency` 1 is broken.
CREATE OR REPLACE MACRO day_of(asked) AS TABLE
WITH mine AS (
    SELECT
        p.*,
        CASE
            WHEN state = 'broken' THEN 1
            WHEN state = 'overdue' THEN 2
            WHEN state <> 'paused' AND local_day(due) = local_day(as_of()) THEN 3
            WHEN state = 'at_risk' THEN 4
            WHEN state = 'made' AND performer <> made_by THEN 5
        END AS urgency
    FROM promise AS p
    WHERE performer = asked AND state IN ('made', 'accepted', 'at_risk', 'overdue', 'broken', 'paused')
)
SELECT
    urgency,
    ['broken', 'overdue', 'due today', 'at risk', 'not taken on yet'][urgency] AS what,
    promise_id, subject AS customer_id, kind, order_ref, due, made_by, importance, flags
FROM mine
WHERE urgency IS NOT NULL
UNION ALL BY NAME
SELECT 6 AS urgency, 'asked of you: ' || kind AS what, promise_id, subject AS customer_id, kind, raised_at AS due
FROM open_alerts
WHERE department = asked AND NOT starts_with(kind, 'promise.')
ORDER BY urgency, importance DESC NULLS LAST, due, promise_id;

-- Whose customer it is: by number, else by the number of an order, an invoice or a promise. One row or none.
-- Departments and calendars have facts of their own, and are no customers.
CREATE OR REPLACE MACRO customer_found(asked) AS TABLE
SELECT subject AS customer_id
FROM (
    SELECT subject, 1 AS rank
    FROM event_log
    WHERE subject = asked AND department <> 'bus' AND type NOT IN ('department.heartbeat', 'calendar.published')
    UNION ALL
    SELECT subject, 2 FROM promise WHERE promise_id = asked OR order_ref = asked
    UNION ALL
    SELECT subject, 3 FROM invoice WHERE invoice_no = asked OR order_ref = asked
    UNION ALL
    SELECT subject, 4 FROM delivery_step WHERE order_ref = asked
)
ORDER BY rank, subject
LIMIT 1;
