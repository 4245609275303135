-- What the projector keeps for itself, beside the read models.
CREATE TABLE position (topic VARCHAR, partition INTEGER, next BIGINT);
CREATE TABLE edition (number BIGINT, as_of TIMESTAMPTZ, shape VARCHAR);
CREATE TABLE unreadable (topic VARCHAR, partition INTEGER, "offset" BIGINT, published TIMESTAMPTZ, code VARCHAR);
CREATE TABLE amendment (
    target_event_id VARCHAR, event_id VARCHAR, department VARCHAR, retracts BOOLEAN,
    time TIMESTAMPTZ, published TIMESTAMPTZ, changes VARCHAR
);
