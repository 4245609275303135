-- What is about one batch, and is filled only by a batch that has any.
CREATE TEMP TABLE known (topic VARCHAR, partition INTEGER, event_id VARCHAR, "offset" BIGINT);
