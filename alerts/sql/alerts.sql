-- name: begin
INSERT INTO instant (name, at) VALUES ('born', ?) ON CONFLICT DO NOTHING

-- name: instant
SELECT at FROM instant WHERE name = ?

-- name: over_before
SELECT id FROM alert WHERE over < ? AND look IS NULL

-- name: set_horizon
INSERT INTO instant (name, at) VALUES ('horizon', ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)

-- name: forget_told
DELETE FROM told WHERE alert IN (SELECT value FROM json_each(?))

-- name: forget_alerts
DELETE FROM alert WHERE id IN (SELECT value FROM json_each(?))

-- name: forget_edges
DELETE FROM edge WHERE at < ?

-- name: forget_answers
DELETE FROM answer WHERE at < ? AND NOT EXISTS (SELECT 1 FROM alert WHERE alert.id = answer.alert)

-- name: forget_deliveries
DELETE FROM delivery
WHERE decided < ? AND try_at IS NULL AND NOT EXISTS (SELECT 1 FROM told WHERE told.delivery = delivery.id)

-- name: know_edge
INSERT INTO edge (id, alert, word, kind, key, at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING

-- name: know_answer
INSERT INTO answer (id, alert, at, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING

-- name: care
INSERT INTO care (customer, owner) VALUES (?, ?) ON CONFLICT DO UPDATE SET owner = excluded.owner

-- name: looked_after_by
SELECT owner FROM care WHERE customer = ?

-- name: alert
SELECT body FROM alert WHERE id = ?

-- name: latest
SELECT body FROM alert WHERE kind = ? AND key = ? ORDER BY seq DESC LIMIT 1

-- name: held_by
SELECT body FROM alert WHERE held_by = ? AND held_by <> '' AND status = 'held' ORDER BY seq

-- name: gathering
SELECT opened FROM gathering WHERE department = ? AND kind = ? AND phase = ?

-- name: open_group
INSERT INTO gathering (department, kind, phase, opened) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET opened = max(opened, excluded.opened)

-- name: put
INSERT INTO alert (id, kind, key, status, customer, promise, caused, parent, held_by, raised, over, look, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    status = excluded.status, caused = excluded.caused, parent = excluded.parent, held_by = excluded.held_by, raised = excluded.raised,
    over = excluded.over, look = excluded.look, body = excluded.body

-- name: due
SELECT body FROM alert WHERE look <= ? ORDER BY look, seq

-- name: next_look
SELECT min(look) FROM alert WHERE look IS NOT NULL

-- name: open
SELECT body FROM alert WHERE status <> 'resolved' ORDER BY raised, seq

-- name: all
SELECT body FROM alert ORDER BY raised DESC, seq DESC LIMIT ?

-- name: standing
-- What may explain the alerts in question: ?1 fingerprints as [[kind, key]], ?2 customers, ?3 promises,
-- ?4 fingerprints of what may have explained them before it was over, all as JSON.
SELECT alert.body
FROM json_each(?1) AS wanted
JOIN alert ON alert.kind = json_extract(wanted.value, '$[0]') AND alert.key = json_extract(wanted.value, '$[1]')
WHERE alert.status <> 'resolved'
UNION ALL
SELECT alert.body
FROM json_each(?2) AS wanted
JOIN alert ON alert.customer = wanted.value
WHERE alert.kind = 'promise.broken' AND alert.status <> 'resolved'
UNION ALL
SELECT alert.body
FROM json_each(?3) AS wanted
JOIN alert ON alert.caused = wanted.value
WHERE alert.status <> 'resolved' AND alert.caused <> ''
UNION ALL
SELECT alert.body
FROM json_each(?3) AS wanted
JOIN alert ON alert.parent = wanted.value
WHERE alert.status <> 'resolved' AND alert.parent <> ''
UNION ALL
SELECT alert.body
FROM json_each(?4) AS wanted
JOIN alert ON alert.seq = (
    SELECT max(last.seq) FROM alert AS last
    WHERE last.kind = json_extract(wanted.value, '$[0]') AND last.key = json_extract(wanted.value, '$[1]')
)
WHERE alert.status = 'resolved'

-- name: held_promises
SELECT held_by, count(*) FROM alert
WHERE held_by IN (SELECT value FROM json_each(?)) AND held_by <> '' AND status = 'held' AND promise <> ''
GROUP BY held_by

-- name: answers
SELECT body FROM answer WHERE alert = ? ORDER BY at, id

-- name: count_held
SELECT count(*) FROM alert WHERE held_by <> '' AND status = 'held'

-- name: count_open
SELECT count(*) FROM alert WHERE status <> 'resolved'

-- name: positions
SELECT topic, partition, next FROM position

-- name: move
INSERT INTO position (topic, partition, next) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET next = excluded.next

-- name: digests
SELECT department, day FROM digest

-- name: digested
INSERT INTO digest (department, day) VALUES (?, ?) ON CONFLICT DO UPDATE SET day = excluded.day

-- name: leave
INSERT INTO unstated (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: unstated
SELECT id, body FROM unstated ORDER BY seq LIMIT ?

-- name: stated
DELETE FROM unstated WHERE id = ?
