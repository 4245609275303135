-- What was stated of a customer, and which numbers were joined. Names stand in the file with personal text.
CREATE TABLE customer_step (
    event_id VARCHAR, subject VARCHAR, time TIMESTAMPTZ, published TIMESTAMPTZ, registers BOOLEAN,
    segment VARCHAR, account_owner VARCHAR, preferred_channel VARCHAR, do_not_call_before VARCHAR,
    do_not_call_after VARCHAR, language VARCHAR
);
CREATE TABLE customer_merge (
    event_id VARCHAR, given_up VARCHAR, stays VARCHAR, joined BOOLEAN, time TIMESTAMPTZ, published TIMESTAMPTZ
);
