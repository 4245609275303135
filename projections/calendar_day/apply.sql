-- reads: calendar.published
DELETE FROM calendar_version WHERE event_id IN (SELECT event_id FROM withdrawn);

INSERT INTO calendar_version
SELECT
    event_id, said.calendar_id, said.version, said.zone, published, said.open, said.closed, said.open_on
FROM (
    SELECT *, from_json(payload, '{
        "calendar_id": "VARCHAR", "version": "INTEGER", "zone": "VARCHAR",
        "open": [{"weekday": "INTEGER", "opens": "VARCHAR", "closes": "VARCHAR"}], "closed": ["DATE"],
        "open_on": [{"date": "DATE", "opens": "VARCHAR", "closes": "VARCHAR"}]}') AS said
    FROM batch
    WHERE type = 'calendar.published'
)
ORDER BY said.calendar_id, said.version;
