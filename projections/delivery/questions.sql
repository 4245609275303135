-- A delivery as a whole: what was planned, when it went, when it came, and what went wrong.
CREATE OR REPLACE VIEW delivery AS
SELECT
    delivery_id, subject,
    any_value(order_ref ORDER BY time, event_id) AS order_ref,
    any_value(kind ORDER BY time, event_id) AS kind,
    arg_max(planned_from, (time, event_id)) FILTER (WHERE stage = 'planned') AS planned_from,
    arg_max(planned_to, (time, event_id)) FILTER (WHERE stage = 'planned') AS planned_to,
    max(time) FILTER (WHERE stage = 'dispatched') AS dispatched_at,
    max(time) FILTER (WHERE stage = 'completed') AS completed_at,
    count(*) FILTER (WHERE stage = 'failed') AS failures,
    max(time) FILTER (WHERE stage = 'returned') AS returned_at,
    arg_max(reason, (time, event_id)) FILTER (WHERE stage IN ('failed', 'returned')) AS reason
FROM delivery_step
WHERE delivery_id IS NOT NULL
GROUP BY delivery_id, subject;
