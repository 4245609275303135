-- after: contact, promise, alert, satisfaction, opportunity, money, customer, delivery
-- Everything anyone must know before a contact, as one wide row, whichever of the customer's numbers is asked for.
CREATE OR REPLACE MACRO briefing_of(customer) AS TABLE
WITH mine AS (FROM numbers_of(customer)),
-- Nearly always there are none, and then only what is asked for is looked up, which reads one column of a large table and
-- not nine.
others AS (FROM mine WHERE subject <> customer),
promises AS (
    FROM promise AS p WHERE p.subject = customer AND p.state <> 'gone'
    UNION ALL
    FROM promise AS p SEMI JOIN others AS o ON o.subject = p.subject WHERE p.state <> 'gone'
),
contacts AS (
    FROM contact AS c WHERE c.subject = customer
    UNION ALL
    FROM contact AS c SEMI JOIN others AS o ON o.subject = c.subject
),
scores AS (FROM satisfaction AS s SEMI JOIN mine ON mine.subject = s.subject),
steps AS (FROM complaint_step AS s SEMI JOIN mine ON mine.subject = s.subject),
chances AS (FROM opportunity_step AS o SEMI JOIN mine ON mine.subject = o.subject),
invoices AS (
    FROM invoice AS i WHERE i.subject = customer
    UNION ALL
    FROM invoice AS i SEMI JOIN others AS o ON o.subject = i.subject
),
-- The first of a number counts, as it does for the judge.
bills AS (
    SELECT
        invoice_no,
        arg_min(coalesce(total_net, 0), (time, published, event_id)) AS net,
        arg_min(coalesce(total_net, 0) + coalesce(total_vat, 0), (time, published, event_id)) AS gross
    FROM invoices
    GROUP BY invoice_no
),
lines_back AS (
    -- As wide as both factors together: else one typing error in millions leaves a customer without a briefing.
    SELECT event_id, sum(quantity::DECIMAL(24, 6) * unit_net) AS net
    FROM invoice_line AS l SEMI JOIN mine ON mine.subject = l.subject
    WHERE credit
    GROUP BY event_id
),
-- A credit with neither a total nor lines takes back all of its invoice.
credits AS (
    SELECT c.invoice_no, sum(coalesce(c.total_net, l.net, b.net)) AS net
    FROM (FROM credit AS c SEMI JOIN mine ON mine.subject = c.subject) AS c
    JOIN bills AS b ON b.invoice_no = c.invoice_no
    LEFT JOIN lines_back AS l ON l.event_id = c.event_id
    GROUP BY c.invoice_no
),
-- What is left of an invoice: its tax goes back in the same measure.
owed AS (
    SELECT b.gross * (1 - least(1, coalesce(c.net / nullif(b.net, 0), 0))) AS gross
    FROM bills AS b LEFT JOIN credits AS c ON c.invoice_no = b.invoice_no
),
paid AS (
    FROM payment AS y WHERE y.subject = customer
    UNION ALL
    FROM payment AS y SEMI JOIN others AS o ON o.subject = y.subject
),
edges AS (
    SELECT alert_id, any_value(kind ORDER BY time, event_id) AS kind
    FROM (
        FROM alert_edge AS e WHERE e.subject = customer
        UNION ALL
        FROM alert_edge AS e SEMI JOIN others AS o ON o.subject = e.subject
    )
    GROUP BY alert_id
    HAVING count(*) FILTER (WHERE edge = 'raised') > 0 AND count(*) FILTER (WHERE edge = 'resolved') = 0
),
stated AS (FROM customer_step AS s SEMI JOIN mine ON mine.subject = s.subject),
reasons AS (
    SELECT list_filter([
        CASE WHEN EXISTS (FROM promises WHERE state = 'broken') THEN 'open broken promise' END,
        CASE WHEN EXISTS (FROM edges WHERE kind = 'promise.conflict') THEN 'conflict' END,
        CASE WHEN EXISTS (FROM edges WHERE kind = 'contact.chasing') THEN 'chasing' END,
        CASE WHEN (SELECT arg_max(score, (time, event_id)) FROM scores) <= 2 THEN 'last score low' END,
        CASE WHEN EXISTS (
            SELECT complaint_id FROM steps GROUP BY complaint_id
            HAVING count(*) FILTER (WHERE step = 'closed') = 0) THEN 'complaint open' END
    ], lambda r: r IS NOT NULL) AS listed
)
SELECT
    customer AS asked_for,
    (SELECT list(subject ORDER BY subject) FROM mine) AS numbers,
    (SELECT arg_max(segment, (time, published, event_id)) FROM stated) AS segment,
    (SELECT arg_max(account_owner, (time, published, event_id)) FROM stated) AS account_owner,
    (SELECT arg_max(preferred_channel, (time, published, event_id)) FROM stated) AS preferred_channel,
    (SELECT arg_max(do_not_call_before, (time, published, event_id)) FROM stated) AS do_not_call_before,
    (SELECT arg_max(do_not_call_after, (time, published, event_id)) FROM stated) AS do_not_call_after,
    (SELECT arg_max(language, (time, published, event_id)) FROM stated) AS language,
    CASE
        WHEN len(listed) = 0 THEN 'green'
        WHEN list_has_any(listed, ['open broken promise', 'complaint open', 'chasing']) THEN 'red'
        ELSE 'amber'
    END AS temperature,
    listed AS temperature_reasons,
    (
        SELECT list({
            'promise_id': promise_id, 'kind': kind, 'state': state, 'due': due, 'performer': performer,
            'made_by': made_by, 'order_ref': order_ref, 'flags': flags} ORDER BY due, promise_id)
        FROM promises
        WHERE state IN ('made', 'accepted', 'at_risk', 'overdue', 'broken', 'paused', 'conditional')
    ) AS open_promises,
    (SELECT count(*) FROM promises WHERE state = 'kept') AS kept,
    (SELECT count(*) FROM promises WHERE state = 'kept_late') AS kept_late,
    (SELECT count(*) FROM promises WHERE state = 'broken') AS broken,
    (
        SELECT list({
            'time': time, 'department': department, 'direction': direction, 'channel': channel,
            'reached': reached, 'topic': topic, 'mood': mood} ORDER BY time DESC, event_id)[:5]
        FROM contacts
    ) AS last_contacts,
    (
        SELECT list(c ORDER BY c) FROM (
            SELECT complaint_id AS c FROM steps GROUP BY complaint_id
            HAVING count(*) FILTER (WHERE step = 'closed') = 0)
    ) AS open_complaints,
    (SELECT arg_max(score, (time, event_id)) FROM scores) AS last_score,
    (
        SELECT list(o ORDER BY o) FROM (
            SELECT opportunity_id AS o FROM chances GROUP BY opportunity_id
            HAVING count(*) FILTER (WHERE step = 'closed') = 0)
    ) AS open_opportunities,
    (SELECT list(kind ORDER BY kind, alert_id) FROM edges) AS open_alerts,
    (coalesce((SELECT sum(gross) FROM owed), 0) - coalesce((SELECT sum(amount) FROM paid), 0))::DECIMAL(14, 2)
        AS invoiced_and_not_paid,
    as_of() AS as_of
FROM reasons;

-- A row per customer, for lists. Counts only; `briefing_of` tells the rest.
CREATE OR REPLACE VIEW customer_briefing AS
WITH named AS (
    SELECT coalesce(a.customer_id, c.subject) AS customer_id, c.subject
    FROM (SELECT subject FROM promise UNION SELECT subject FROM contact UNION SELECT subject FROM customer_step) AS c
    LEFT JOIN customer_alias AS a ON a.alias = c.subject
),
promises AS (
    SELECT
        n.customer_id,
        count(*) FILTER (WHERE p.state IN ('made', 'accepted', 'at_risk', 'overdue', 'paused', 'conditional')) AS open_promises,
        count(*) FILTER (WHERE p.state = 'broken') AS broken,
        count(*) FILTER (WHERE p.state = 'kept') AS kept,
        count(*) FILTER (WHERE p.state = 'kept_late') AS kept_late,
        min(p.due) FILTER (WHERE p.state IN ('made', 'accepted', 'at_risk', 'overdue', 'broken')) AS next_due
    FROM named AS n JOIN promise AS p ON p.subject = n.subject
    GROUP BY n.customer_id
),
contacts AS (
    SELECT n.customer_id, max(c.time) AS last_contact, arg_max(c.mood, (c.time, c.event_id)) AS last_mood
    FROM named AS n JOIN contact AS c ON c.subject = n.subject
    GROUP BY n.customer_id
),
scores AS (
    SELECT n.customer_id, arg_max(s.score, (s.time, s.event_id)) AS last_score
    FROM named AS n JOIN satisfaction AS s ON s.subject = n.subject
    GROUP BY n.customer_id
)
SELECT
    customer_id, list(n.subject ORDER BY n.subject) AS numbers,
    any_value(open_promises) AS open_promises, any_value(broken) AS broken, any_value(kept) AS kept,
    any_value(kept_late) AS kept_late, any_value(next_due) AS next_due, any_value(last_contact) AS last_contact,
    any_value(last_mood) AS last_mood, any_value(last_score) AS last_score
FROM named AS n
LEFT JOIN promises USING (customer_id)
LEFT JOIN contacts USING (customer_id)
LEFT JOIN scores USING (customer_id)
GROUP BY customer_id;
