-- name: topics
SELECT name, partitions FROM topics ORDER BY name

-- name: add_topic
INSERT INTO topics (name, partitions, retention_days) VALUES (?, ?, ?) ON CONFLICT DO NOTHING

-- name: add_lane
INSERT INTO lanes (topic_id, partition) SELECT topic_id, ? FROM topics WHERE name = ?

-- name: lanes
SELECT lane_id, name, partition, next_offset FROM lanes JOIN topics USING (topic_id) ORDER BY lane_id

-- name: ends
SELECT lane_id, next_offset FROM lanes

-- name: tide
SELECT appended FROM tide

-- name: raise_tide
UPDATE tide SET appended = ?

-- name: append
INSERT INTO records (place, appended, key, value, headers) VALUES (?, ?, ?, ?, ?)

-- name: move_end
UPDATE lanes SET next_offset = ? WHERE lane_id = ?

-- name: read
SELECT place, appended, key, value, headers FROM records WHERE place >= ? AND place < ? ORDER BY place LIMIT ?

-- name: keep
INSERT INTO positions (group_name, lane_id, next_offset) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset

-- name: kept
SELECT lane_id, next_offset FROM positions WHERE group_name = ?

-- name: fleeting_lanes
SELECT lane_id, next_offset, retention_days FROM lanes JOIN topics USING (topic_id) WHERE retention_days IS NOT NULL

-- name: first_from
SELECT place, appended FROM records WHERE place >= ? AND place < ? ORDER BY place LIMIT 1

-- name: forget
DELETE FROM records WHERE place >= ? AND place < ?
