CREATE TABLE opportunity_step (
    event_id VARCHAR, opportunity_id VARCHAR, step VARCHAR, subject VARCHAR, department VARCHAR,
    time TIMESTAMPTZ, published TIMESTAMPTZ, product VARCHAR, strength VARCHAR, seen_by VARCHAR,
    owner VARCHAR, result VARCHAR
);
