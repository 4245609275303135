"""SQL as SQL: statements stand in `.sql` files, each under a line `-- name: what_it_does`."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_MARK = "-- name:"


@cache
def statements(package: str, file: str) -> Mapping[str, str]:
    """Return the statements of `file` in `package`, by name."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    parts = (part.partition("\n") for part in text.split(_MARK)[1:])
    return {name.strip(): body.strip() for name, _, body in parts}
