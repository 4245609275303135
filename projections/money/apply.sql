-- reads: invoice.issued, invoice.credited, payment.received
CREATE OR REPLACE TEMP TABLE charged AS
SELECT * EXCLUDE (payload), from_json(payload, '{
    "invoice_no": "VARCHAR", "credit_no": "VARCHAR", "payment_id": "VARCHAR", "order_ref": "VARCHAR",
    "total_net": "DECIMAL(12,2)", "total_vat": "DECIMAL(12,2)", "amount": "DECIMAL(12,2)", "currency": "VARCHAR",
    "due_date": "DATE", "value_date": "DATE", "prepayment": "BOOLEAN",
    "lines": [{"sku": "VARCHAR", "quantity": "DECIMAL(18,6)", "unit_net": "DECIMAL(12,4)",
               "line_no": "INTEGER"}]}') AS said
FROM batch
WHERE type IN ('invoice.issued', 'invoice.credited', 'payment.received');

-- reads: invoice.issued
DELETE FROM invoice WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO invoice
SELECT
    event_id, said.invoice_no, subject, department, time, published, said.order_ref,
    said.total_net, said.total_vat, said.currency, said.due_date, said.prepayment
FROM charged
WHERE type = 'invoice.issued'
ORDER BY subject, time;

-- reads: invoice.issued, invoice.credited
DELETE FROM invoice_line WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO invoice_line
SELECT
    event_id, invoice_no, subject, order_ref, line.line_no, line.sku, line.quantity, line.unit_net, currency, credit
FROM (
    SELECT
        event_id, said.invoice_no, subject, said.order_ref, said.currency, type = 'invoice.credited' AS credit,
        unnest(said.lines) AS line
    FROM charged
    WHERE type IN ('invoice.issued', 'invoice.credited')
)
ORDER BY subject, invoice_no;

-- reads: invoice.credited
DELETE FROM credit WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO credit
SELECT
    event_id, said.credit_no, said.invoice_no, subject, department, time, published, said.total_net, said.currency
FROM charged
WHERE type = 'invoice.credited'
ORDER BY subject, time;

-- reads: payment.received
DELETE FROM payment WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO payment
SELECT
    event_id, said.payment_id, said.invoice_no, subject, department, time, published, said.amount, said.currency,
    said.value_date
FROM charged
WHERE type = 'payment.received'
ORDER BY subject, time;
