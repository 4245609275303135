SELECT kind, count(*) AS raised, count(resolved_at) AS resolved FROM alert GROUP BY kind ORDER BY raised DESC, kind;
