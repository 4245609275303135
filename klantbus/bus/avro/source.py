"""Python source under construction: lines with their depth, and the constants that they name."""

from collections.abc import Callable
from itertools import count
from typing import Any


class Source:
    """Functions being written. `constant` gives a name to a value, `function` turns lines into a function."""

    def __init__(self, **names: object) -> None:
        self._names: dict[str, Any] = dict(names)
        self._number = count()

    def constant(self, value: object) -> str:
        """Return a name under which the written lines find `value`."""
        name = f"k{next(self._number)}"
        self._names[name] = value
        return name

    def know(self, name: str, value: object) -> None:
        """Let the written lines find `value` under `name`."""
        self._names[name] = value

    def variable(self) -> str:
        """Return a name that nothing else has."""
        return f"v{next(self._number)}"

    def function(self, arguments: str, lines: list[str]) -> str:
        """Compile a function and return its name. Its lines hold no value that was read."""
        name = f"f{next(self._number)}"
        text = "\n".join([f"def {name}({arguments}):", *indented(lines)])
        exec(compile(text, f"<avro {name}>", "exec"), self._names)  # noqa: S102  because a loop over fields costs twice the time; no name or value of a record gets here
        return name

    def made(self, name: str) -> Callable[..., Any]:
        """Return a function by its name."""
        found: Callable[..., Any] = self._names[name]
        return found


def indented(lines: list[str]) -> list[str]:
    """Return the lines one step deeper."""
    return ["    " + line for line in lines]
