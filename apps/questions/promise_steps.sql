-- What was told about a promise, what counted as evidence for it at any time, and what the judge made of it.
-- A verdict that only stands on something else than before is no news here.
WITH judged AS (
    SELECT *, lag(state) OVER w AS state_before, lag(flags) OVER w AS flags_before,
        lag(due) OVER w AS due_before, lag(evidence) OVER w AS evidence_before
    FROM verdict
    WHERE promise_id = $1
    WINDOW w AS (ORDER BY valid_from, published, "offset")
),
proof AS (
    SELECT DISTINCT unnest(evidence).event_id AS event_id FROM judged
)
SELECT time, published, department, what
FROM (
    SELECT time, published, department, step AS what, 1 AS turn FROM promise_step WHERE promise_id = $1
    UNION ALL
    SELECT time, published, made_by, 'promise.made', 0 FROM promise_made WHERE promise_id = $1
    UNION ALL
    SELECT time, published, department, type || ' (evidence)', 1
    FROM event_log
    WHERE event_id IN (FROM proof) AND event_id NOT IN (SELECT event_id FROM promise_step WHERE promise_id = $1)
    UNION ALL
    SELECT CASE WHEN state IS DISTINCT FROM state_before THEN valid_from ELSE judged_at END, published, 'bus',
        concat_ws(', ',
            'judged ' || state,
            CASE WHEN due_before IS NOT NULL AND due IS DISTINCT FROM due_before THEN 'due moved' END,
            CASE WHEN state_before IS NOT NULL AND evidence IS DISTINCT FROM evidence_before THEN 'other evidence' END,
            CASE WHEN flags IS DISTINCT FROM flags_before AND len(flags) > 0 THEN array_to_string(flags, ', ') END),
        2
    FROM judged
    WHERE state IS DISTINCT FROM state_before OR flags IS DISTINCT FROM flags_before
        OR due IS DISTINCT FROM due_before OR evidence IS DISTINCT FROM evidence_before
)
ORDER BY time, published, turn;
