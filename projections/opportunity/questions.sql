-- One row per opportunity: where it came from, who took it on, what became of it.
CREATE OR REPLACE VIEW opportunity AS
SELECT
    opportunity_id, subject,
    any_value(department ORDER BY time, event_id) FILTER (WHERE step = 'signalled') AS origin,
    min(time) FILTER (WHERE step = 'signalled') AS signalled_at,
    any_value(product ORDER BY time, event_id) FILTER (WHERE step = 'signalled') AS product,
    any_value(strength ORDER BY time, event_id) FILTER (WHERE step = 'signalled') AS strength,
    min(time) FILTER (WHERE step = 'picked_up') AS picked_up_at,
    any_value(owner ORDER BY time, event_id) FILTER (WHERE step = 'picked_up') AS owner,
    max(time) FILTER (WHERE step = 'closed') AS closed_at,
    arg_max(result, (time, event_id)) FILTER (WHERE step = 'closed') AS result
FROM opportunity_step
GROUP BY opportunity_id, subject;

-- Question 13. Opportunities by origin: how long until somebody took them on, and what became of them.
CREATE OR REPLACE VIEW opportunities_by_origin AS
SELECT
    origin, count(*) AS signalled,
    count(picked_up_at) AS picked_up,
    round(quantile_cont(seconds_between(signalled_at, picked_up_at) / 3600, 0.5), 1) AS hours_to_pick_up_p50,
    round(quantile_cont(seconds_between(signalled_at, picked_up_at) / 3600, 0.95), 1) AS hours_to_pick_up_p95,
    count(*) FILTER (WHERE result = 'won') AS won,
    count(*) FILTER (WHERE result = 'lost') AS lost,
    count(*) FILTER (WHERE closed_at IS NULL) AS still_open
FROM opportunity
GROUP BY origin
ORDER BY origin;
