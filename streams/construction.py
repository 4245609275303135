"""Putting a model together from parts that are known to fit, without asking pydantic about each of them."""

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)


def put_together(kind: type[Model], /, **parts: Any) -> Model:  # noqa: ANN401  the fields of any model
    """Return a `kind` with `parts`, and defaults for the rest. What does not fit shows when it is written."""
    made = kind.__new__(kind)
    setting = object.__setattr__
    setting(made, "__dict__", {**_defaults(kind), **parts})
    setting(made, "__pydantic_fields_set__", set(parts))
    setting(made, "__pydantic_extra__", None)
    setting(made, "__pydantic_private__", None)
    return made


@cache
def _defaults(kind: type[BaseModel]) -> dict[str, Any]:
    return {name: field.get_default() for name, field in kind.model_fields.items() if not field.is_required()}
