-- What a batch asks for beyond the usual: did any of it come before, does it name records, was anything ever amended?
SELECT
    (SELECT count(DISTINCT event_id) < count(*) FROM fresh)
        OR EXISTS (FROM event_log AS e SEMI JOIN fresh AS f ON f.id_key = e.id_key AND f.event_id = e.event_id),
    (SELECT count(ref_key) > 0 FROM fresh),
    EXISTS (FROM amendment) OR EXISTS (FROM fresh WHERE type IN ('event.corrected', 'event.retracted'));
