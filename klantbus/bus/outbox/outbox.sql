-- name: put
INSERT INTO waiting (topic, key, value, headers) VALUES (?, ?, ?, ?)

-- name: first
SELECT seq, topic, key, value, headers FROM waiting ORDER BY seq LIMIT ?

-- name: shipped
DELETE FROM waiting WHERE seq <= ?

-- name: waiting
SELECT count(*) FROM waiting
