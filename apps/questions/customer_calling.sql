SELECT DISTINCT coalesce(a.customer_id, p.customer_id) AS customer_id
FROM personal.customer_phone AS p
LEFT JOIN klantbus.customer_alias AS a ON a.alias = p.customer_id
WHERE p.phone = ?
ORDER BY customer_id;
