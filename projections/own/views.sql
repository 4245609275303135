-- An amendment counts when the department that stated the fact made it, unless it was taken back itself.
CREATE OR REPLACE VIEW standing_amendment AS
SELECT a.*
FROM amendment AS a
JOIN event_log AS target
    ON target.id_key = id_key_of(a.target_event_id) AND target.event_id = a.target_event_id
        AND target.department = a.department
WHERE NOT EXISTS (
    FROM amendment AS undone
    WHERE undone.target_event_id = a.event_id AND undone.retracts AND undone.department = a.department
        AND NOT EXISTS (
            FROM amendment AS redone
            WHERE redone.target_event_id = undone.event_id AND redone.retracts
                AND redone.department = a.department
        )
);

-- The moment this edition speaks of: the last thing the log had when it was printed.
CREATE OR REPLACE MACRO as_of() AS (SELECT any_value(e.as_of) FROM edition AS e);

-- Seconds gone by. To subtract instants counts whole days of the reader's own zone, and one of those may have 23 hours.
CREATE OR REPLACE MACRO seconds_between(since, until) AS ((epoch_us(until) - epoch_us(since)) / 1_000_000);

-- Days and months are the company's, whatever the reader's own zone.
CREATE OR REPLACE MACRO local_time(moment) AS timezone('Europe/Amsterdam', moment);
CREATE OR REPLACE MACRO local_day(moment) AS timezone('Europe/Amsterdam', moment)::DATE;
CREATE OR REPLACE MACRO local_month(moment) AS date_trunc('month', timezone('Europe/Amsterdam', moment))::DATE;
CREATE OR REPLACE MACRO midnight(day) AS timezone('Europe/Amsterdam', day::TIMESTAMP);
