SELECT time, published, department, what
FROM (
    SELECT time, published, department, step AS what FROM promise_step WHERE promise_id = $1
    UNION ALL
    SELECT time, published, made_by, 'promise.made' FROM promise_made WHERE promise_id = $1
    UNION ALL
    SELECT valid_from, published, 'bus', 'judged ' || state FROM verdict WHERE promise_id = $1
)
ORDER BY time, published;
