CREATE TABLE satisfaction (
    event_id VARCHAR, subject VARCHAR, department VARCHAR, time TIMESTAMPTZ, published TIMESTAMPTZ,
    score INTEGER, scale VARCHAR, about_department VARCHAR, about_promise VARCHAR
);
CREATE TABLE complaint_step (
    event_id VARCHAR, complaint_id VARCHAR, step VARCHAR, subject VARCHAR, department VARCHAR,
    time TIMESTAMPTZ, published TIMESTAMPTZ, promise_id VARCHAR, severity VARCHAR
);
