-- reads: delivery.planned, delivery.dispatched, delivery.completed, delivery.failed, delivery.returned
DELETE FROM delivery_step WHERE event_id IN (SELECT event_id FROM withdrawn);
DELETE FROM delivery_line WHERE event_id IN (SELECT event_id FROM withdrawn);

CREATE OR REPLACE TEMP TABLE delivered AS
SELECT * EXCLUDE (payload), from_json(payload, '{
    "delivery_id": "VARCHAR", "order_ref": "VARCHAR", "kind": "VARCHAR", "reason": "VARCHAR",
    "planned_from": "TIMESTAMPTZ", "planned_to": "TIMESTAMPTZ", "eta": "TIMESTAMPTZ", "carrier": "VARCHAR",
    "promise_ids": ["VARCHAR"],
    "lines": [{"sku": "VARCHAR", "uom": "VARCHAR", "quantity": "DECIMAL(18,6)", "line_no": "INTEGER"}]}') AS said
FROM batch
WHERE starts_with(type, 'delivery.');

INSERT INTO delivery_step
SELECT
    event_id, said.delivery_id, type[10:], subject, department,
    time, published, said.order_ref, said.kind, said.reason,
    said.planned_from, said.planned_to, said.eta, said.carrier, said.promise_ids
FROM delivered
ORDER BY subject, time;

INSERT INTO delivery_line
SELECT event_id, delivery_id, stage, subject, time, order_ref, line.line_no, line.sku, line.uom, line.quantity
FROM (
    SELECT
        event_id, said.delivery_id, type[10:] AS stage, subject, time, said.order_ref, unnest(said.lines) AS line
    FROM delivered
)
ORDER BY subject, time;

-- reads: document.sent
DELETE FROM document WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO document
SELECT
    event_id, said.document_id, subject, department, time, published,
    said.type, said.topic, said.order_ref, said.promise_ids
FROM (
    SELECT * EXCLUDE (topic, type), from_json(payload, '{
        "document_id": "VARCHAR", "type": "VARCHAR", "topic": "VARCHAR", "order_ref": "VARCHAR",
        "promise_ids": ["VARCHAR"]}') AS said
    FROM batch
    WHERE type = 'document.sent'
)
ORDER BY subject, time;
