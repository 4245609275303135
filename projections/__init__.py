"""DuckDB read models: facts and verdicts become answers."""
