-- after: alert
-- Question 10. Invoices above the promise, before the delivery, or sent twice, and whether it was mended.
CREATE OR REPLACE VIEW invoices_that_surprised AS
SELECT
    a.kind, a.key AS invoice_no, i.subject AS customer_id, i.order_ref, i.total_net, i.currency, i.time AS invoiced_at,
    a.raised_at, a.resolved_at,
    EXISTS (FROM credit AS c WHERE c.invoice_no = a.key) AS credited
FROM alert AS a
LEFT JOIN invoice AS i ON i.invoice_no = a.key
WHERE a.kind IN ('invoice.price_mismatch', 'invoice.before_delivery', 'invoice.duplicate')
ORDER BY a.raised_at DESC, invoice_no;
