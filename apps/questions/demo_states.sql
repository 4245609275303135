SELECT state, count(*) AS promises, min(promise_id) AS "for example" FROM promise GROUP BY state ORDER BY promises DESC, state;
