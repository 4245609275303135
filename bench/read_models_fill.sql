-- A made-up company of :customers customers and :facts facts, by SQL alone: two promises a customer and what belongs to them.
INSERT INTO event_log
SELECT
    uuid()::VARCHAR, ['contact.logged', 'promise.made', 'delivery.completed', 'invoice.issued', 'verdict.changed'][1 + i % 5],
    '/sales/crm', ['sales', 'telephony', 'logistics', 'finance'][1 + i % 4], 'K' || (hash(i) % :customers),
    TIMESTAMPTZ '2026-01-01 08:00:00Z' + INTERVAL (i / 2) SECOND, TIMESTAMPTZ '2026-01-01 08:00:00Z' + INTERVAL (i / 2) SECOND,
    TIMESTAMPTZ '2026-01-01 08:01:00Z' + INTERVAL (i / 2) SECOND, 'Europe/Amsterdam', NULL, NULL, NULL, NULL,
    'klantbus.filled', (i % 12)::INTEGER, i, '{"promise_id":"P' || (i / 5) || '"}', i, NULL, NULL
FROM range(:facts) AS r(i);

INSERT INTO contact
SELECT
    'c' || i, NULL, 'K' || (hash(i) % :customers), 'telephony', TIMESTAMPTZ '2026-01-01 08:00:00Z' + INTERVAL (i * 2) SECOND,
    TIMESTAMPTZ '2026-01-01 08:01:00Z' + INTERVAL (i * 2) SECOND, 'in', 'phone', true, 'order', NULL, 'neutral', [], NULL, NULL
FROM range(:facts // 5) AS r(i);

INSERT INTO promise
SELECT
    'P' || i, 'K' || (i % :customers), ['kept', 'kept', 'kept', 'kept_late', 'broken', 'accepted', 'made', 'at_risk'][1 + i % 8],
    CASE WHEN i % 16 = 0 THEN ['late_evidence'] ELSE [] END, 'delivery', 'external', ['sales', 'service'][1 + i % 2],
    ['logistics', 'workshop', 'sales'][1 + i % 3], 'normal', 100, 'O' || i, NULL, NULL, m, m + INTERVAL 1 HOUR, m, m,
    m + INTERVAL 4 DAY, m + INTERVAL 5 DAY, m + INTERVAL 4 DAY, m + INTERVAL 3 DAY, NULL, m + INTERVAL 4 DAY, NULL, NULL, 0, 0,
    'STD', 1, [{'sku': 'A' || (i % 100), 'uom': 'pcs', 'promised': 10, 'fulfilled': 10}],
    [{'event_id': 'd' || i, 'at': m, 'tier': 'T1', 'sku': 'A', 'quantity': 10}], [], [], m + INTERVAL 4 DAY, m, 0, i
FROM (SELECT i, TIMESTAMPTZ '2026-01-01 08:00:00Z' + INTERVAL (i * 2) SECOND AS m FROM range(2 * :customers) AS r(i));

INSERT INTO verdict
SELECT
    'v' || i || n, 'P' || i, 'K' || (i % :customers), ['accepted', 'at_risk', 'kept'][n], [], m + INTERVAL (n) DAY,
    m + INTERVAL (n) DAY, m + INTERVAL (n) DAY, 0, i * 3 + n, 0, m + INTERVAL 4 DAY, [], []
FROM (SELECT i, TIMESTAMPTZ '2026-01-01 08:00:00Z' + INTERVAL (i * 2) SECOND AS m FROM range(2 * :customers) AS r(i)), range(1, 4) AS s(n);

INSERT INTO invoice
SELECT
    'f' || i, 'F' || i, 'K' || (i % :customers), 'finance', TIMESTAMPTZ '2026-01-05 08:00:00Z', TIMESTAMPTZ '2026-01-05 08:01:00Z',
    'O' || i, 950, 199.50, 'EUR', NULL, false
FROM range(2 * :customers) AS r(i);

INSERT INTO payment
SELECT 'y' || i, NULL, 'F' || i, 'K' || (i % :customers), 'finance', TIMESTAMPTZ '2026-01-06 08:00:00Z',
    TIMESTAMPTZ '2026-01-06 08:01:00Z', 1149.50, 'EUR', NULL
FROM range(:customers) AS r(i);

INSERT INTO alert_edge
SELECT
    'a' || i || e, 'A' || i, ['raised', 'acknowledged', 'resolved'][e], 'K' || (i % :customers), 'bus',
    TIMESTAMPTZ '2026-01-05 08:00:00Z' + INTERVAL (i) SECOND + INTERVAL (e) HOUR, TIMESTAMPTZ '2026-01-05 08:00:00Z',
    ['promise.broken', 'promise.at_risk', 'contact.chasing', 'invoice.before_delivery', 'promise.conflict'][1 + i % 5],
    ['P' || i, 'P' || i, 'K' || (i % :customers), 'F' || i, 'P' || i || '+P' || (i + 1)][1 + i % 5], 'high', 'logistics', NULL, [],
    NULL, NULL, NULL, 'kept', NULL, NULL, NULL, []
FROM range(:customers // 2) AS r(i), range(1, 4) AS s(e);

INSERT INTO opportunity_step
SELECT 'o' || i || n, 'X' || i, ['signalled', 'picked_up', 'closed'][n], 'K' || (i % :customers), 'service',
    TIMESTAMPTZ '2026-01-05 08:00:00Z' + INTERVAL (n * 7) HOUR, TIMESTAMPTZ '2026-01-05 08:00:00Z', NULL, 'warm', NULL, NULL, 'won'
FROM range(:customers // 10) AS r(i), range(1, 4) AS s(n);

INSERT INTO satisfaction
SELECT 's' || i, 'K' || (i % :customers), 'telephony', TIMESTAMPTZ '2026-01-07 08:00:00Z', TIMESTAMPTZ '2026-01-07 08:01:00Z',
    (1 + hash(i) % 5)::INTEGER, 'csat', 'sales', 'P' || i
FROM range(:customers // 5) AS r(i);

INSERT INTO publication_lag
SELECT 'sales', '/sales/crm', TIMESTAMPTZ '2026-01-01 08:00:00Z' + INTERVAL (h) HOUR, m, 100
FROM range(1000) AS r(h), range(20) AS s(m);

UPDATE edition SET as_of = TIMESTAMPTZ '2026-03-05 12:00:00Z';
