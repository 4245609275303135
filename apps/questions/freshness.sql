SELECT department, last_published, last_time FROM freshness;
