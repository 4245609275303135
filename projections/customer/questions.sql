-- Which numbers are joined now: the last word about a number counts.
CREATE OR REPLACE VIEW customer_joined AS
SELECT given_up, arg_max(stays, (time, published, event_id)) AS stays
FROM customer_merge
GROUP BY given_up
HAVING arg_max(joined, (time, published, event_id));

-- The number under which a customer goes, through any chain of merges. Only joined numbers are in it.
CREATE OR REPLACE VIEW customer_alias AS
WITH RECURSIVE chain AS (
    SELECT given_up AS alias, stays AS customer_id, 1 AS steps FROM customer_joined
    UNION ALL
    SELECT c.alias, j.stays, c.steps + 1
    FROM chain AS c
    JOIN customer_joined AS j ON j.given_up = c.customer_id
    WHERE c.steps < 20 AND j.stays <> c.alias
)
SELECT alias, arg_max(customer_id, steps) AS customer_id FROM chain GROUP BY alias;

-- Every number of one customer, whichever of them is asked for.
CREATE OR REPLACE MACRO numbers_of(customer) AS TABLE
WITH chief AS (
    SELECT coalesce((SELECT any_value(a.customer_id) FROM customer_alias AS a WHERE a.alias = customer), customer) AS number
)
SELECT number AS subject FROM chief
UNION
SELECT a.alias FROM customer_alias AS a JOIN chief ON a.customer_id = chief.number;

CREATE OR REPLACE VIEW customer AS
SELECT
    s.subject AS customer_id,
    min(s.time) FILTER (WHERE s.registers) AS registered_at,
    arg_max(s.segment, (s.time, s.published, s.event_id)) AS segment,
    arg_max(s.account_owner, (s.time, s.published, s.event_id)) AS account_owner,
    arg_max(s.preferred_channel, (s.time, s.published, s.event_id)) AS preferred_channel,
    arg_max(s.do_not_call_before, (s.time, s.published, s.event_id)) AS do_not_call_before,
    arg_max(s.do_not_call_after, (s.time, s.published, s.event_id)) AS do_not_call_after,
    arg_max(s.language, (s.time, s.published, s.event_id)) AS language
FROM customer_step AS s
GROUP BY s.subject;
