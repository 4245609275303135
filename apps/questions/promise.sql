SELECT * FROM promise WHERE promise_id = ?;
