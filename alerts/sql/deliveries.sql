-- name: decide
INSERT INTO delivery (id, channel, address, level, receiver, at, decided, state, try_at, letter)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', max(?7, coalesce(
    (SELECT until FROM rest WHERE rest.channel = ?2 AND rest.address = ?3), 0
)), ?8)
ON CONFLICT DO NOTHING

-- name: concerns
INSERT INTO told (alert, delivery) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: lanes
SELECT channel, address FROM delivery WHERE try_at <= ? GROUP BY channel, address ORDER BY min(seq)

-- name: next_in_lane
SELECT id, channel, address, level, receiver, at, decided, state, attempts, try_at, handed, answer, letter
FROM delivery WHERE channel = ? AND address = ? AND try_at <= ? ORDER BY try_at, seq LIMIT 1

-- name: next_tries
SELECT channel, address, min(try_at) FROM delivery WHERE try_at IS NOT NULL GROUP BY channel, address

-- name: move_on
UPDATE delivery SET state = ?, attempts = ?, try_at = ?, handed = ?, answer = ? WHERE id = ?

-- name: rest
INSERT INTO rest (channel, address, until) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET until = max(until, excluded.until)

-- name: postpone
UPDATE delivery SET try_at = max(try_at, ?) WHERE channel = ? AND address = ? AND try_at IS NOT NULL

-- name: of_alert
SELECT id, channel, address, level, receiver, at, decided, state, attempts, try_at, handed, answer, '' AS letter
FROM delivery JOIN told ON told.delivery = delivery.id WHERE told.alert = ? ORDER BY seq

-- name: every
SELECT id, channel, address, level, receiver, at, decided, state, attempts, try_at, handed, answer, letter
FROM delivery ORDER BY seq

-- name: open_alerts_of
SELECT count(*) FROM told JOIN alert ON alert.id = told.alert
WHERE told.delivery = ? AND alert.status <> 'resolved'

-- name: states
SELECT state, count(*) FROM delivery GROUP BY state

-- name: failed_alerts
SELECT DISTINCT told.alert
FROM delivery JOIN told ON told.delivery = delivery.id
WHERE delivery.state IN ('refused', 'gone', 'given_up') OR (delivery.state = 'waiting' AND delivery.attempts >= ?)

-- name: undelivered
SELECT count(*) FROM delivery WHERE state IN ('waiting', 'refused', 'gone', 'given_up')

-- name: gone
INSERT INTO gone (channel, address, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: is_gone
SELECT 1 FROM gone WHERE channel = ? AND address = ?

-- name: every_gone
SELECT channel, address, since FROM gone ORDER BY since

-- name: call_again
DELETE FROM gone WHERE channel = ? AND address = ?
