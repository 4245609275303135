-- What departments stated of a promise, every verdict on it, and the verdict that stands.
CREATE TABLE promise_step (
    event_id VARCHAR, promise_id VARCHAR, step VARCHAR, subject VARCHAR, department VARCHAR,
    time TIMESTAMPTZ, published TIMESTAMPTZ, by_department VARCHAR, reason VARCHAR, agreed BOOLEAN, consent BOOLEAN,
    initiated_by VARCHAR, told_at TIMESTAMPTZ, expected_at TIMESTAMPTZ, due VARCHAR
);
CREATE TABLE promise_made (
    event_id VARCHAR, promise_id VARCHAR, subject VARCHAR, time TIMESTAMPTZ, published TIMESTAMPTZ,
    kind VARCHAR, scope VARCHAR, made_by VARCHAR, performer VARCHAR, order_ref VARCHAR, line_no INTEGER, topic VARCHAR,
    due VARCHAR, requested_due VARCHAR, parent_promise_id VARCHAR, supersedes VARCHAR,
    value DECIMAL(12, 2), amount DECIMAL(12, 2), currency VARCHAR, importance VARCHAR,
    lines STRUCT(sku VARCHAR, uom VARCHAR, quantity DECIMAL(18, 6))[],
    prices STRUCT(sku VARCHAR, unit_net DECIMAL(12, 4), currency VARCHAR)[]
);
CREATE TABLE verdict (
    event_id VARCHAR, promise_id VARCHAR, subject VARCHAR, state VARCHAR, flags VARCHAR[],
    judged_at TIMESTAMPTZ, valid_from TIMESTAMPTZ, published TIMESTAMPTZ, partition INTEGER, "offset" BIGINT,
    revision INTEGER, due TIMESTAMPTZ,
    evidence STRUCT(event_id VARCHAR, "at" TIMESTAMPTZ, tier VARCHAR, sku VARCHAR, quantity DECIMAL(18, 6))[],
    why STRUCT(event_id VARCHAR, rule VARCHAR)[]
);
CREATE TABLE promise (
    promise_id VARCHAR, subject VARCHAR, state VARCHAR, flags VARCHAR[], kind VARCHAR, scope VARCHAR,
    made_by VARCHAR, performer VARCHAR, importance VARCHAR, value DECIMAL(12, 2), order_ref VARCHAR, topic VARCHAR,
    parent_promise_id VARCHAR, made_at TIMESTAMPTZ, accepted_at TIMESTAMPTZ, starts_at TIMESTAMPTZ,
    warn_at TIMESTAMPTZ, due TIMESTAMPTZ, grace_ends_at TIMESTAMPTZ, original_due TIMESTAMPTZ,
    requested_due TIMESTAMPTZ, planned_at TIMESTAMPTZ, done_at TIMESTAMPTZ, ended_at TIMESTAMPTZ, consent BOOLEAN,
    revision INTEGER, breach_count INTEGER, calendar VARCHAR, calendar_version INTEGER,
    lines STRUCT(sku VARCHAR, uom VARCHAR, promised DECIMAL(18, 6), fulfilled DECIMAL(18, 6))[],
    evidence STRUCT(event_id VARCHAR, "at" TIMESTAMPTZ, tier VARCHAR, sku VARCHAR, quantity DECIMAL(18, 6))[],
    conflicts_with VARCHAR[], why STRUCT(event_id VARCHAR, rule VARCHAR)[],
    judged_at TIMESTAMPTZ, published TIMESTAMPTZ, partition INTEGER, "offset" BIGINT
);
