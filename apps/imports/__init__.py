"""Any department's export becomes facts: a CSV file and a map in, facts and rejected rows out.

`words` turns cells into values, `templates` compiles `{column|filter}`, `maps` reads the map,
`rows` makes facts. Nothing here writes to the log: `apps/cli/imports.py` does.
"""
