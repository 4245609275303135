-- Opening ranges per day, two years back and one ahead of the edition, for the last version of each calendar.
CREATE OR REPLACE VIEW calendar_day AS
WITH latest AS (
    FROM calendar_version
    QUALIFY row_number() OVER (PARTITION BY calendar_id ORDER BY version DESC, published DESC, event_id) = 1
),
days AS (
    SELECT calendar_id, version, open, closed, open_on, unnest(
        generate_series(local_day(as_of()) - 730, local_day(as_of()) + 365, INTERVAL 1 DAY))::DATE AS date
    FROM latest
)
SELECT
    calendar_id, version, date,
    CASE
        WHEN len(list_filter(open_on, lambda o: o.date = date)) > 0
            THEN [o.opens || '-' || o.closes for o in open_on if o.date = date]
        WHEN date IN closed THEN []
        ELSE [o.opens || '-' || o.closes for o in open if o.weekday = isodow(date)]
    END AS open_ranges
FROM days;

-- The n-th working day after a day: Monday to Friday, without the days that some calendar has closed.
CREATE OR REPLACE MACRO working_day_after(from_day, n) AS (
    SELECT min(d) FROM (
        SELECT d, row_number() OVER (ORDER BY d) AS k
        FROM (SELECT (from_day + r.i::INTEGER)::DATE AS d FROM range(1, 7 * n + 22) AS r(i))
        WHERE isodow(d) < 6 AND d NOT IN (SELECT unnest(c.closed) FROM calendar_version AS c)
    )
    WHERE k = n
);
