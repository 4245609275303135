-- What arrived, by its two keys: a fact is known by its id within its lane, and by the record of the system it is from.
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
    * EXCLUDE (personal, id_key),
    coalesce(id_key, id_key_of(event_id)) AS id_key,
    CASE WHEN sourceref IS NOT NULL THEN hash(type, subject, source, sourceref) END AS ref_key,
    NULL::VARCHAR AS repeat_of
FROM arrived;
