-- Every edge of an alert and every answer to one, as it came by.
CREATE TABLE alert_edge (
    event_id VARCHAR, alert_id VARCHAR, edge VARCHAR, subject VARCHAR, department VARCHAR,
    time TIMESTAMPTZ, published TIMESTAMPTZ, kind VARCHAR, key VARCHAR, severity VARCHAR,
    for_department VARCHAR, promise_id VARCHAR, promise_ids VARCHAR[], owner VARCHAR, until TIMESTAMPTZ, level INTEGER,
    reason VARCHAR, state VARCHAR, lag_minutes INTEGER, cause VARCHAR, why STRUCT(event_id VARCHAR, rule VARCHAR)[]
);
