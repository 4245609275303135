-- after: customer, calendar_day
-- Every date a promise has had: 0 is the first.
CREATE OR REPLACE VIEW promise_revision AS
SELECT promise_id, 0 AS rev, due, true AS agreed, made_by AS by_department, time FROM promise_made
UNION ALL
SELECT
    promise_id, row_number() OVER (PARTITION BY promise_id ORDER BY time, published, event_id), due, agreed,
    by_department, time
FROM promise_step
WHERE step = 'promise.rescheduled';

-- With two clocks: what holds from valid_from to valid_to, as known from known_from to known_to (open ends are null).
CREATE OR REPLACE VIEW promise_state_history AS
WITH told AS (
    SELECT
        *, row_number() OVER (PARTITION BY promise_id ORDER BY judged_at, published, partition, "offset") AS n
    FROM verdict
    WINDOW judged AS (PARTITION BY promise_id ORDER BY judged_at, published, partition, "offset")
    -- A verdict may change the date or the evidence only: then the state goes on, unless its beginning is another.
    QUALIFY
        (state, flags) IS DISTINCT FROM (lag(state) OVER judged, lag(flags) OVER judged)
        OR (valid_from < judged_at AND valid_from IS DISTINCT FROM lag(valid_from) OVER judged)
),
-- Each later verdict replaces what was believed from its own valid_from on.
cuts AS (
    SELECT promise_id, n, n AS cut, judged_at AS known_from, NULL::TIMESTAMPTZ AS valid_to FROM told
    UNION ALL
    SELECT
        a.promise_id, a.n, b.n, b.judged_at,
        min(b.valid_from) OVER (PARTITION BY a.promise_id, a.n ORDER BY b.n)
    FROM told AS a
    JOIN told AS b ON b.promise_id = a.promise_id AND b.n > a.n
),
changed AS (
    SELECT * FROM cuts
    QUALIFY cut = n OR valid_to IS DISTINCT FROM lag(valid_to) OVER (PARTITION BY promise_id, n ORDER BY cut)
),
spans AS (
    SELECT *, lead(known_from) OVER (PARTITION BY promise_id, n ORDER BY cut) AS known_to FROM changed
)
SELECT
    t.promise_id, t.subject, t.state, t.flags, t.valid_from, s.valid_to, s.known_from, s.known_to, t.why
FROM spans AS s
JOIN told AS t ON t.promise_id = s.promise_id AND t.n = s.n
WHERE (s.valid_to IS NULL OR s.valid_to > t.valid_from) AND (s.known_to IS NULL OR s.known_to > s.known_from);

-- Every promise as it was at `true_at`, by what was known at `known_at`.
CREATE OR REPLACE MACRO promises_as_of(true_at, known_at) AS TABLE
SELECT promise_id, v.subject, v.state, v.flags, v.valid_from, v.judged_at AS known_from, v.due
FROM verdict AS v
WHERE v.judged_at <= known_at AND v.valid_from <= true_at
QUALIFY row_number() OVER (
    PARTITION BY promise_id ORDER BY v.judged_at DESC, v.published DESC, v.partition DESC, v."offset" DESC) = 1;

-- Question 6. What we knew about a customer at a moment, and what, as known now, was true then.
CREATE OR REPLACE MACRO what_we_knew_and_what_was_true(customer, moment) AS TABLE
WITH mine AS (
    FROM verdict AS v SEMI JOIN numbers_of(customer) AS n ON n.subject = v.subject
    WHERE v.valid_from <= moment
),
knew AS (
    SELECT promise_id, state FROM mine WHERE judged_at <= moment
    QUALIFY row_number() OVER (
        PARTITION BY promise_id ORDER BY judged_at DESC, published DESC, partition DESC, "offset" DESC) = 1
),
was AS (
    SELECT promise_id, state FROM mine
    QUALIFY row_number() OVER (
        PARTITION BY promise_id ORDER BY judged_at DESC, published DESC, partition DESC, "offset" DESC) = 1
)
SELECT promise_id, knew.state AS we_knew, was.state AS was_true, knew.state IS NOT DISTINCT FROM was.state AS agreed
FROM was FULL JOIN knew USING (promise_id)
ORDER BY promise_id;

CREATE OR REPLACE VIEW promise_item AS
SELECT promise_id, subject, line.sku, line.uom, line.promised AS quantity, line.fulfilled AS allocated
FROM (SELECT promise_id, subject, unnest(lines) AS line FROM promise WHERE state <> 'gone');

-- Which evidence has counted for which promise, and since when it does not any more.
CREATE OR REPLACE VIEW evidence_link AS
WITH used AS (
    SELECT promise_id, judged_at, unnest(evidence) AS use FROM verdict
),
spans AS (
    SELECT
        use.event_id AS evidence_event_id, promise_id, use.sku AS sku,
        arg_max(use.quantity, judged_at) AS quantity, arg_max(use.tier, judged_at) AS tier,
        max(use."at") AS time, min(judged_at) AS linked_at, max(judged_at) AS last_used
    FROM used
    GROUP BY ALL
)
SELECT
    s.evidence_event_id, s.promise_id, s.sku, s.quantity, s.tier, s.time, s.linked_at,
    (SELECT min(v.judged_at) FROM verdict AS v WHERE v.promise_id = s.promise_id AND v.judged_at > s.last_used) AS unlinked_at
FROM spans AS s;

-- Question 1. What is broken now, by the department that must do it, gravest first.
CREATE OR REPLACE VIEW broken_now AS
SELECT
    performer, subject AS customer_id, promise_id, kind, made_by, importance, value, order_ref, due,
    datediff('day', local_day(due), local_day(as_of())) AS days_late
FROM promise
WHERE state = 'broken'
ORDER BY performer, days_late DESC, promise_id;

-- Question 2. Due within three working days, and nobody has accepted, planned or begun.
CREATE OR REPLACE VIEW due_soon_and_nothing_done AS
SELECT promise_id, subject AS customer_id, performer, made_by, kind, order_ref, due, state
FROM promise
WHERE state IN ('made', 'accepted', 'at_risk')
    AND accepted_at IS NULL AND planned_at IS NULL AND len(coalesce(evidence, [])) = 0
    AND due >= as_of() AND local_day(due) <= working_day_after(local_day(as_of()), 3)
ORDER BY due, promise_id;

-- What counts in a kept rate (RULES section 9): ours, ended, and not let off.
CREATE OR REPLACE VIEW promise_outcome AS
SELECT
    promise_id, subject, made_by, performer, kind, local_month(due) AS month, due, original_due, requested_due,
    state = 'kept' AS kept_as_agreed,
    CASE
        WHEN original_due IS NULL THEN state = 'kept'
        ELSE state IN ('kept', 'kept_late') AND coalesce(done_at <= original_due, false)
    END AS kept_first_word,
    'too_early' IN flags AS too_early,
    done_at, lines
FROM promise
WHERE due IS NOT NULL AND kind <> 'payment'
    AND (state IN ('kept', 'kept_late', 'broken', 'partially_kept') OR (state = 'cancelled' AND consent IS NOT TRUE));

-- Question 3. Kept rate per department and month, agreed and first word, as promiser and as performer.
CREATE OR REPLACE VIEW kept_rate AS
SELECT
    role, department, month, sum(n)::BIGINT AS n,
    round(sum(agreed) / sum(n), 4) AS kept_rate_agreed,
    round(sum(first_word) / sum(n), 4) AS kept_rate_first_word
FROM (
    SELECT unnest(['made_by', 'performer']) AS role, unnest([made_by, performer]) AS department, month, n, agreed, first_word
    FROM (
        SELECT
            made_by, performer, month, count(*) AS n, count(*) FILTER (WHERE kept_as_agreed) AS agreed,
            count(*) FILTER (WHERE kept_first_word) AS first_word
        FROM promise_outcome
        GROUP BY ALL
    )
)
GROUP BY ALL
ORDER BY month, department, role;

-- The first good moment of a promise that has a window now.
CREATE OR REPLACE VIEW promise_window AS
SELECT promise_id, first_moment
FROM (
    SELECT r.promise_id, TRY_CAST(arg_max(r.due, r.rev) ->> '$.from' AS TIMESTAMPTZ) AS first_moment
    FROM promise_revision AS r
    SEMI JOIN (
        SELECT promise_id FROM promise_made WHERE contains(due, '"from"')
        UNION
        SELECT promise_id FROM promise_step WHERE contains(due, '"from"')
    ) AS w ON w.promise_id = r.promise_id
    WHERE r.agreed
    GROUP BY r.promise_id
)
WHERE first_moment IS NOT NULL;

-- Question 4. On time and in full, per article: every line full and inside the window.
CREATE OR REPLACE VIEW strict_otif_by_sku AS
SELECT
    line.sku AS sku, count(*) AS n,
    count(*) FILTER (WHERE kept_as_agreed AND NOT too_early AND line.fulfilled >= line.promised) AS otif,
    round(otif / n, 4) AS rate
FROM (
    SELECT
        o.promise_id, o.kept_as_agreed, o.too_early OR coalesce(o.done_at < w.first_moment, false) AS too_early,
        unnest(o.lines) AS line
    FROM promise_outcome AS o
    LEFT JOIN promise_window AS w ON w.promise_id = o.promise_id
)
GROUP BY ALL
ORDER BY sku;

-- Question 5. Kept, yet flagged because the evidence came late: in whose queue did it lie?
CREATE OR REPLACE VIEW kept_but_told_late AS
SELECT
    p.promise_id, p.subject AS customer_id, p.performer, e.department AS told_by, e.source AS queue, e.event_id,
    p.done_at, e.published AS told_at, round(seconds_between(e.time, e.published) / 3600, 2) AS hours_late
FROM (SELECT *, unnest(evidence) AS use FROM promise WHERE state = 'kept' AND 'late_evidence' IN flags) AS p
JOIN event_log AS e ON e.event_id = p.use.event_id
ORDER BY hours_late DESC, p.promise_id;

-- Question 7. Work handed from one department to another: how long until it was taken on.
CREATE OR REPLACE VIEW handoff AS
SELECT
    promise_id, subject, parent_promise_id, scope, made_by, performer, state, made_at, accepted_at, due, done_at,
    to_microseconds(epoch_us(accepted_at) - epoch_us(made_at)) AS time_to_accept
FROM promise
WHERE made_by <> performer AND state <> 'gone';

CREATE OR REPLACE VIEW handoff_acceptance AS
SELECT
    made_by, performer, count(*) AS n, count(accepted_at) AS accepted,
    count(*) FILTER (WHERE state = 'declined') AS declined,
    round(quantile_cont(epoch(time_to_accept) / 3600, 0.5), 2) AS hours_p50,
    round(quantile_cont(epoch(time_to_accept) / 3600, 0.95), 2) AS hours_p95
FROM handoff
GROUP BY ALL
ORDER BY made_by, performer;

-- Question 9. Who promises later than the customer asked, and does it help? (the guard against sandbagging)
CREATE OR REPLACE VIEW padding_against_kept_rate AS
SELECT
    made_by AS department, count(*) AS n,
    round(median(seconds_between(requested_due, due) / 86400), 2) AS padding_days_median,
    round(avg(kept_as_agreed::INTEGER), 4) AS kept_rate_agreed
FROM promise_outcome
GROUP BY ALL
ORDER BY department;
