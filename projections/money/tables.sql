-- Invoices with their lines, what was taken back of them, and payments. Amounts are net unless they say so.
CREATE TABLE invoice (
    event_id VARCHAR, invoice_no VARCHAR, subject VARCHAR, department VARCHAR, time TIMESTAMPTZ, published TIMESTAMPTZ,
    order_ref VARCHAR, total_net DECIMAL(12, 2), total_vat DECIMAL(12, 2), currency VARCHAR, due_date DATE,
    prepayment BOOLEAN
);
CREATE TABLE invoice_line (
    event_id VARCHAR, invoice_no VARCHAR, subject VARCHAR, order_ref VARCHAR, line_no INTEGER, sku VARCHAR,
    quantity DECIMAL(18, 6), unit_net DECIMAL(12, 4), currency VARCHAR, credit BOOLEAN
);
CREATE TABLE credit (
    event_id VARCHAR, credit_no VARCHAR, invoice_no VARCHAR, subject VARCHAR, department VARCHAR,
    time TIMESTAMPTZ, published TIMESTAMPTZ, total_net DECIMAL(12, 2), currency VARCHAR
);
CREATE TABLE payment (
    event_id VARCHAR, payment_id VARCHAR, invoice_no VARCHAR, subject VARCHAR, department VARCHAR,
    time TIMESTAMPTZ, published TIMESTAMPTZ, amount DECIMAL(12, 2), currency VARCHAR, value_date DATE
);
