-- What arrived, by its two keys: a fact is known by its id within its lane, and by the record of the system it is from.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
    * EXCLUDE (personal),
    coalesce(TRY_CAST('0x' || replace(event_id[1:13], '-', '') AS BIGINT), (hash(event_id) >> 1)::BIGINT) AS id_key,
    CASE WHEN sourceref IS NOT NULL THEN hash(type, subject, source, sourceref) END AS ref_key,
    NULL::VARCHAR AS repeat_of
FROM arrived;
