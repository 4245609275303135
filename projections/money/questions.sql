-- after: alert
-- Question 10. Invoices above the promise, before the delivery, or sent twice, and whether it was mended.
CREATE OR REPLACE VIEW invoices_that_surprised AS
WITH surprises AS (
    FROM alerts_of(['invoice.price_mismatch', 'invoice.before_delivery', 'invoice.duplicate'])
),
-- The first of a number counts, as it does for the judge.
firsts AS (
    SELECT DISTINCT ON (i.invoice_no) i.*
    FROM invoice AS i SEMI JOIN surprises AS a ON a.key = i.invoice_no
    ORDER BY i.invoice_no, i.time, i.published, i.event_id
)
SELECT
    a.kind, a.key AS invoice_no, i.subject AS customer_id, i.order_ref, i.total_net, i.currency, i.time AS invoiced_at,
    a.raised_at, a.resolved_at,
    EXISTS (FROM credit AS c WHERE c.invoice_no = a.key) AS credited
FROM surprises AS a
LEFT JOIN firsts AS i ON i.invoice_no = a.key
ORDER BY a.raised_at DESC, invoice_no;
