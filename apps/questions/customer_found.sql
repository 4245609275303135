SELECT customer_id FROM customer_found(?);
