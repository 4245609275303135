-- Every fact once, as it arrived. `repeat_of` names the fact that said the same before it, by source and sourceref.
CREATE TABLE event_log (
    event_id VARCHAR, type VARCHAR, source VARCHAR, department VARCHAR, subject VARCHAR,
    time TIMESTAMPTZ, recordedtime TIMESTAMPTZ, published TIMESTAMPTZ, timezone VARCHAR, actor VARCHAR,
    sourceref VARCHAR, correlationid VARCHAR, causationid VARCHAR,
    topic VARCHAR, partition INTEGER, "offset" BIGINT, payload VARCHAR USING COMPRESSION zstd,
    id_key BIGINT, ref_key UBIGINT, repeat_of VARCHAR
);
