-- Personal text stands in a file of its own, so that the other file never held it.
CREATE TABLE personal.position (topic VARCHAR, partition INTEGER, next BIGINT);
CREATE TABLE personal.edition (number BIGINT, shape VARCHAR);
CREATE TABLE personal.event_text (
    topic VARCHAR, partition INTEGER, "offset" BIGINT,
    event_id VARCHAR, type VARCHAR, subject VARCHAR, personal VARCHAR USING COMPRESSION zstd
);
