-- How late facts were told, counted per hour; kept as counts so that a question costs the same after ten million facts.
CREATE TABLE publication_lag (
    department VARCHAR, source VARCHAR, hour TIMESTAMPTZ, lag_minutes BIGINT, facts BIGINT
);
CREATE TABLE freshness_by_source (
    department VARCHAR, source VARCHAR, last_published TIMESTAMPTZ, last_time TIMESTAMPTZ
);
