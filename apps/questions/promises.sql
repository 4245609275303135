SELECT promise_id, subject AS customer_id, state, kind, due, made_by, performer, order_ref, flags
FROM promise
WHERE state <> 'gone'
    AND ($1 IS NULL OR state = $1)
    AND ($2 IS NULL OR performer = $2 OR made_by = $2)
    AND ($3 IS NULL OR subject IN (SELECT n.subject FROM numbers_of($3) AS n))
ORDER BY due NULLS LAST, promise_id
LIMIT $4;
