-- after: promise, alert, contact
CREATE OR REPLACE VIEW freshness AS
SELECT department, max(last_published) AS last_published, max(last_time) AS last_time
FROM freshness_by_source
GROUP BY department
ORDER BY department;

CREATE OR REPLACE VIEW department AS
SELECT f.department, f.last_published, f.last_time, count(p.promise_id) AS open_promises
FROM freshness AS f
LEFT JOIN promise AS p
    ON p.performer = f.department
    AND p.state IN ('made', 'accepted', 'at_risk', 'overdue', 'broken', 'paused', 'conditional')
GROUP BY ALL
ORDER BY f.department;

-- Question 12. How late each system tells, per hour, and the hours in which it said nothing.
CREATE OR REPLACE VIEW publication_lag_by_hour AS
WITH spread AS (
    SELECT
        department, source, hour, lag_minutes, facts,
        sum(facts) OVER (PARTITION BY source, hour ORDER BY lag_minutes) AS below,
        sum(facts) OVER (PARTITION BY source, hour) AS n
    FROM publication_lag
)
SELECT
    department, source, hour, any_value(n)::BIGINT AS facts,
    min(lag_minutes) FILTER (WHERE below >= 0.5 * n) AS lag_minutes_p50,
    min(lag_minutes) FILTER (WHERE below >= 0.95 * n) AS lag_minutes_p95,
    round(epoch(hour - lag(hour) OVER (PARTITION BY source ORDER BY hour)) / 3600)::BIGINT - 1 AS silent_hours_before
FROM spread
GROUP BY department, source, hour
ORDER BY hour, source;

-- A department's day: what it kept, and how well it told.
CREATE OR REPLACE VIEW department_day AS
WITH counted AS (
    SELECT department, local_day(hour) AS day, lag_minutes, sum(facts) AS facts
    FROM publication_lag
    GROUP BY ALL
),
spread AS (
    SELECT
        department, day, lag_minutes, facts,
        sum(facts) OVER (PARTITION BY department, day ORDER BY lag_minutes) AS below,
        sum(facts) OVER (PARTITION BY department, day) AS n
    FROM counted
),
told AS (
    SELECT
        department, day, any_value(n)::BIGINT AS facts,
        min(lag_minutes) FILTER (WHERE below >= 0.5 * n) AS lag_minutes_p50,
        min(lag_minutes) FILTER (WHERE below >= 0.95 * n) AS lag_minutes_p95
    FROM spread
    GROUP BY department, day
),
judged AS (
    SELECT
        performer AS department, local_day(due) AS day,
        count(*) FILTER (WHERE state = 'kept') AS kept,
        count(*) FILTER (WHERE state = 'kept_late') AS kept_late,
        count(*) FILTER (WHERE state = 'broken') AS broken
    FROM promise
    WHERE due IS NOT NULL AND kind <> 'payment'
    GROUP BY ALL
),
late AS (
    SELECT department, local_day(time) AS day, count(*) AS told_late
    FROM (SELECT for_department AS department, time FROM alert_edge WHERE kind = 'info.late_publication' AND edge = 'raised')
    GROUP BY ALL
)
SELECT
    department, day, coalesce(facts, 0) AS facts, lag_minutes_p50, lag_minutes_p95, coalesce(told_late, 0) AS told_late,
    coalesce(kept, 0) AS kept, coalesce(kept_late, 0) AS kept_late, coalesce(broken, 0) AS broken
FROM told
FULL JOIN judged USING (department, day)
FULL JOIN late USING (department, day)
ORDER BY day, department;
