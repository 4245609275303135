SELECT department, sum(n) AS promises, round(100 * sum(kept_rate_agreed * n) / sum(n), 1) AS "kept, %"
FROM kept_rate
WHERE role = 'performer'
GROUP BY department
ORDER BY department;
