-- reads: *
-- Lags are counted to the minute under two hours and to a twentieth above, which is enough for a median. Counted by whole
-- minutes first, so that logarithms are taken of a few of them and not of every fact.
MERGE INTO publication_lag AS t
USING (
    SELECT
        department, source, to_timestamp(hour * 3600) AS hour,
        CASE WHEN minutes < 120 THEN minutes ELSE round(exp(round(ln(minutes) * 20) / 20))::BIGINT END AS lag_minutes,
        sum(facts)::BIGINT AS facts
    FROM (
        SELECT
            department, source, epoch_us(published) // 3_600_000_000 AS hour,
            greatest(0, (epoch_us(published) - epoch_us(time)) // 60_000_000) AS minutes, count(*) AS facts
        FROM fresh
        WHERE repeat_of IS NULL AND department <> 'bus'
        GROUP BY ALL
    )
    GROUP BY ALL
    ORDER BY ALL
) AS b
ON t.department = b.department AND t.source = b.source AND t.hour = b.hour AND t.lag_minutes = b.lag_minutes
WHEN MATCHED THEN UPDATE SET facts = t.facts + b.facts
WHEN NOT MATCHED THEN INSERT VALUES (b.department, b.source, b.hour, b.lag_minutes, b.facts);

MERGE INTO freshness_by_source AS t
USING (
    SELECT department, source, max(published) AS last_published, max(time) AS last_time
    FROM fresh
    WHERE repeat_of IS NULL AND department <> 'bus'
    GROUP BY ALL
    ORDER BY ALL
) AS b
ON t.department = b.department AND t.source = b.source
WHEN MATCHED THEN UPDATE SET
    last_published = greatest(t.last_published, b.last_published), last_time = greatest(t.last_time, b.last_time)
WHEN NOT MATCHED THEN INSERT VALUES (b.department, b.source, b.last_published, b.last_time);
