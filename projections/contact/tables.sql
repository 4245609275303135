-- One row per contact with a customer (contact.logged).
CREATE TABLE contact (
    event_id VARCHAR, contact_id VARCHAR, subject VARCHAR, department VARCHAR, time TIMESTAMPTZ, published TIMESTAMPTZ,
    direction VARCHAR, channel VARCHAR, reached BOOLEAN, topic VARCHAR, order_ref VARCHAR, mood VARCHAR,
    promise_ids VARCHAR[], briefing_viewed_at TIMESTAMPTZ, actor VARCHAR
);
