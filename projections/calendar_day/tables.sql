-- Published business calendars, as they were published.
CREATE TABLE calendar_version (
    event_id VARCHAR, calendar_id VARCHAR, version INTEGER, zone VARCHAR, published TIMESTAMPTZ,
    open STRUCT(weekday INTEGER, opens VARCHAR, closes VARCHAR)[], closed DATE[],
    open_on STRUCT(date DATE, opens VARCHAR, closes VARCHAR)[]
);
