-- name: tables
SELECT count(*) FROM sqlite_master
