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
    round(seconds_between(lag(hour) OVER (PARTITION BY source ORDER BY hour), hour) / 3600)::BIGINT - 1 AS silent_hours_before
FROM spread
GROUP BY department, source, hour
ORDER BY hour, source;

-- A department's day: what it kept, and how well it told. Shares follow from the counts and `facts`.
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
edges AS (
    SELECT
        for_department AS department, local_day(time) AS day,
        count(*) FILTER (WHERE kind = 'info.late_publication') AS told_late,
        count(*) FILTER (WHERE kind = 'evidence.unmatched') AS unmatched,
        count(*) FILTER (WHERE kind = 'handoff.missing') AS handoffs_missed
    FROM alert_edge
    WHERE edge = 'raised' AND kind IN ('info.late_publication', 'evidence.unmatched', 'handoff.missing')
    GROUP BY ALL
),
mended AS (
    SELECT department, local_day(published) AS day, count(*) AS corrected FROM amendment GROUP BY ALL
),
silences AS (
    SELECT
        key AS department, min(time) FILTER (WHERE edge = 'raised') AS since,
        coalesce(max(time) FILTER (WHERE edge = 'resolved'), as_of()) AS until
    FROM alert_edge
    WHERE kind = 'info.silent_department'
    GROUP BY alert_id, key
),
-- Minutes of a day in which the alert of its silence stood: from when the silence had lasted too long.
silent AS (
    SELECT
        department, day,
        round(sum(seconds_between(greatest(since, midnight(day)), least(until, midnight(day + 1)))) / 60)::BIGINT AS silent_minutes
    FROM (
        SELECT *, unnest(generate_series(local_day(since), local_day(until), INTERVAL 1 DAY))::DATE AS day FROM silences
    )
    GROUP BY ALL
)
SELECT
    department, day, coalesce(facts, 0) AS facts, lag_minutes_p50, lag_minutes_p95,
    coalesce(told_late, 0) AS told_late, coalesce(corrected, 0) AS corrected, coalesce(unmatched, 0) AS unmatched,
    coalesce(handoffs_missed, 0) AS handoffs_missed, coalesce(silent_minutes, 0) AS silent_minutes,
    coalesce(kept, 0) AS kept, coalesce(kept_late, 0) AS kept_late, coalesce(broken, 0) AS broken
FROM told
FULL JOIN judged USING (department, day)
FULL JOIN edges USING (department, day)
FULL JOIN mended USING (department, day)
FULL JOIN silent USING (department, day)
ORDER BY day, department;
