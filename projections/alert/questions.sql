-- One row per alert of some kinds, of all kinds for null: what others are about is left out before anything is put in
-- order. What says which edge came first is written once per edge, as bytes: to compare pairs for each column took twice
-- the time.
CREATE OR REPLACE MACRO alerts_of(kinds) AS TABLE
SELECT *
FROM (
    SELECT
        alert_id,
        arg_min(subject, place) AS subject,
        arg_min(kind, place) AS kind,
        arg_min(key, place) AS key,
        arg_max(severity, place) AS severity,
        arg_min(for_department, place) AS department,
        arg_min(promise_id, place) AS promise_id,
        min(time) FILTER (WHERE edge = 'raised') AS raised_at,
        min(time) FILTER (WHERE edge = 'acknowledged') AS acknowledged_at,
        arg_max(owner, place) AS owner,
        max(until) FILTER (WHERE edge = 'snoozed') AS snoozed_until,
        coalesce(max(level) FILTER (WHERE edge = 'escalated'), 0) AS level,
        max(time) FILTER (WHERE edge = 'resolved') AS resolved_at,
        arg_max(reason, place) FILTER (WHERE edge = 'resolved') AS resolution
    FROM (
        SELECT *, create_sort_key(time, 'ASC NULLS LAST', event_id, 'ASC NULLS LAST') AS place
        FROM alert_edge AS e
        WHERE kinds IS NULL
            OR e.alert_id IN (SELECT o.alert_id FROM alert_edge AS o WHERE list_contains(kinds, o.kind))
    )
    GROUP BY alert_id
)
WHERE kinds IS NULL OR list_contains(kinds, kind);

CREATE OR REPLACE VIEW alert AS FROM alerts_of(NULL);

CREATE OR REPLACE VIEW open_alerts AS
SELECT * FROM alert WHERE resolved_at IS NULL ORDER BY raised_at;

-- What the bus carries of telling people: every rung of the ladder that was climbed. That an alert was raised does not
-- tell that anybody was told of it: the ledger may have grouped it, or held it back behind a graver one. Whom a message
-- went to, and what failed there, stands in the ledger alone, and no fact of the contract says it.
CREATE OR REPLACE VIEW notification AS
SELECT alert_id, kind, key, subject, severity, level, owner, time, published
FROM alert_edge
WHERE edge = 'escalated';

-- Two promises about one thing that cannot both be true.
CREATE OR REPLACE VIEW conflict AS
SELECT
    split_part(key, '+', 1) AS a, split_part(key, '+', 2) AS b, subject,
    raised_at AS since, resolved_at AS until
FROM alerts_of(['promise.conflict']);

-- Question 8. Which departments contradict each other, how often and for how long.
CREATE OR REPLACE VIEW conflicts_by_pair AS
SELECT
    least(a.made_by, b.made_by) AS one, greatest(a.made_by, b.made_by) AS other, count(*) AS conflicts,
    count(*) FILTER (WHERE c.until IS NULL) AS still_open,
    round(max(seconds_between(c.since, coalesce(c.until, as_of()))) / 3600, 2) AS longest_hours,
    round(median(seconds_between(c.since, coalesce(c.until, as_of()))) / 3600, 2) AS median_hours
FROM conflict AS c
JOIN promise AS a ON a.promise_id = c.a
JOIN promise AS b ON b.promise_id = c.b
GROUP BY ALL
ORDER BY conflicts DESC, one, other;

-- Question 15. What alerts led to: taken on, gone up the ladder, over, or raised for nothing.
CREATE OR REPLACE VIEW alert_outcomes AS
SELECT
    kind, count(*) AS raised, count(acknowledged_at) AS acknowledged,
    count(*) FILTER (WHERE level > 0) AS escalated, count(resolved_at) AS resolved,
    count(*) FILTER (WHERE resolution IN ('was_kept', 'corrected')) AS false_alarms,
    round(quantile_cont(seconds_between(raised_at, resolved_at) / 3600, 0.5), 2) AS hours_open_p50
FROM alert
GROUP BY kind
ORDER BY raised DESC, kind;
