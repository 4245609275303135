-- What was said, after corrections, and without what was taken back.
CREATE OR REPLACE VIEW personal.said AS
WITH amended AS (
    SELECT
        a.target_event_id,
        bool_or(a.retracts) AS retracted,
        list((t.personal -> '$.set') ORDER BY a.time, a.published, a.event_id)
            FILTER (WHERE NOT a.retracts AND (t.personal -> '$.set') IS NOT NULL) AS patches
    FROM klantbus.standing_amendment AS a
    LEFT JOIN personal.event_text AS t ON t.event_id = a.event_id
    GROUP BY ALL
)
SELECT
    t.event_id, t.type, t.subject,
    CASE
        WHEN a.patches IS NULL THEN t.personal::JSON
        ELSE list_reduce(list_prepend(t.personal::JSON, a.patches), lambda x, y: json_merge_patch(x, y))
    END AS personal
FROM personal.event_text AS t
LEFT JOIN amended AS a ON a.target_event_id = t.event_id
WHERE a.retracted IS NOT TRUE;
