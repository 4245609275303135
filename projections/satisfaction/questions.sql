-- after: promise
CREATE OR REPLACE VIEW complaint AS
SELECT
    complaint_id, subject,
    min(time) FILTER (WHERE step = 'opened') AS opened_at,
    any_value(department ORDER BY time, event_id) FILTER (WHERE step = 'opened') AS heard_by,
    max(time) FILTER (WHERE step = 'closed') AS closed_at,
    any_value(promise_id ORDER BY time, event_id) AS promise_id,
    arg_max(severity, (time, event_id)) AS severity
FROM complaint_step
GROUP BY complaint_id, subject;

-- Question 14. What customers think after a promise was kept, kept late, broken or renegotiated.
CREATE OR REPLACE VIEW satisfaction_after_promise AS
SELECT
    CASE
        WHEN p.state = 'kept' AND p.revision > 0 THEN 'kept after renegotiation'
        WHEN p.state = 'kept_late' AND p.breach_count > 0 THEN 'kept late after renegotiation'
        ELSE p.state
    END AS promise_was,
    count(*) AS answers, round(avg(s.score), 2) AS mean_score,
    count(*) FILTER (WHERE s.score <= 2) AS unhappy
FROM satisfaction AS s
JOIN promise AS p ON p.promise_id = s.about_promise
GROUP BY ALL
ORDER BY promise_was;
