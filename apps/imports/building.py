"""A value of the map becomes a function: from a row to the same value with its templates filled."""

from collections.abc import Callable, Mapping
from typing import Any

from apps.imports.templates import Row, Template, compile_template
from apps.imports.words import Words

Build = Callable[[Row], Any]
Path = tuple[str | int, ...]
Columns = dict[Path, tuple[str, ...]]
"""Which columns each field of a fact came from, so that a complaint about it can name them."""


class Sheet:
    """A file as templates see it: the places of its columns, and what it means by its cells.

    One text is compiled once, so that what stands in several fields is woven once a row.
    """

    def __init__(self, places: Mapping[str, int], words: Words) -> None:
        self.places = places
        self._words = words
        self._known: dict[str, Template] = {}

    def template(self, text: str) -> Template:
        """Compile `text`. Raises ValueError for a column or filter that is not there."""
        if text not in self._known:
            self._known[text] = compile_template(text, self.places, self._words)
        return self._known[text]


def builder(value: object, sheet: Sheet, path: Path, columns: Columns) -> Build:
    """Return what builds `value` from a row; a table or list whose columns are all empty is left out.

    Notes in `columns` what each field reads. Raises ValueError for a column or filter that is not there.
    """
    if isinstance(value, str):
        template = sheet.template(value)
        columns[path] = template.columns
        return template.fill
    if isinstance(value, dict):
        parts = {key: builder(one, sheet, (*path, key), columns) for key, one in value.items()}
        fixed = {key for key, one in value.items() if isinstance(one, str) and not columns[(*path, key)]}
        return _table(parts, fixed)
    if isinstance(value, list):
        items = [builder(one, sheet, (*path, index), columns) for index, one in enumerate(value)]
        return lambda row: [made for item in items if (made := item(row)) is not None] or None
    return lambda _: value


def _table(parts: Mapping[str, Build], fixed: set[str]) -> Build:
    every_fixed = len(fixed) == len(parts)

    def build(row: Row) -> dict[str, Any] | None:
        made = {key: value for key, part in parts.items() if (value := part(row)) is not None}
        return made if every_fixed or made.keys() - fixed else None

    return build
