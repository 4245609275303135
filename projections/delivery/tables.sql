-- One row per thing that happened to a delivery, visit or repair; `stage` is the word after the dot of the fact.
CREATE TABLE delivery_step (
    event_id VARCHAR, delivery_id VARCHAR, stage VARCHAR, subject VARCHAR, department VARCHAR,
    time TIMESTAMPTZ, published TIMESTAMPTZ, order_ref VARCHAR, kind VARCHAR, reason VARCHAR,
    planned_from TIMESTAMPTZ, planned_to TIMESTAMPTZ, eta TIMESTAMPTZ, carrier VARCHAR, promise_ids VARCHAR[]
);
CREATE TABLE delivery_line (
    event_id VARCHAR, delivery_id VARCHAR, stage VARCHAR, subject VARCHAR, time TIMESTAMPTZ, order_ref VARCHAR,
    line_no INTEGER, sku VARCHAR, uom VARCHAR, quantity DECIMAL(18, 6)
);
CREATE TABLE document (
    event_id VARCHAR, document_id VARCHAR, subject VARCHAR, department VARCHAR, time TIMESTAMPTZ, published TIMESTAMPTZ,
    type VARCHAR, topic VARCHAR, order_ref VARCHAR, promise_ids VARCHAR[]
);
