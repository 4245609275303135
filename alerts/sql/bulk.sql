-- Many things in one statement: what a batch asks of the ledger, and what it leaves there. Lists are JSON.

-- name: known
SELECT id FROM edge WHERE id IN (SELECT value FROM json_each(?))

-- name: keep
INSERT INTO edge (id, alert, word, kind, key, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING

-- name: last_of
-- The last alert of each fingerprint, given as [[kind, key]].
SELECT alert.body
FROM json_each(?) AS wanted
JOIN alert ON alert.seq = (
    SELECT max(last.seq) FROM alert AS last
    WHERE last.kind = wanted.value ->> 0 AND last.key = wanted.value ->> 1
)

-- name: named
SELECT body FROM alert WHERE id IN (SELECT value FROM json_each(?))

-- name: answered
SELECT DISTINCT alert FROM answer WHERE alert IN (SELECT value FROM json_each(?))

-- name: carers
SELECT customer, owner FROM care WHERE customer IN (SELECT value FROM json_each(?))

-- name: causes
SELECT DISTINCT held_by FROM alert WHERE held_by <> '' AND status = 'held'
