"""Putting a model together from parts that are known to fit, without asking pydantic about each of them."""

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)

_SLOTS = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
_set_names, _set_extra, _set_private = (getattr(BaseModel, slot).__set__ for slot in _SLOTS)
_set_values = BaseModel.__dict__["__dict__"].__set__
"""The slots of a frozen model, past the door that refuses to have them set."""


def put_together(kind: type[Model], /, **parts: Any) -> Model:  # noqa: ANN401  the fields of any model
    """Return a `kind` with `parts`, and defaults for the rest. What does not fit shows when it is written."""
    made = object.__new__(kind)
    _set_values(made, {**_defaults(kind), **parts})
    _set_names(made, set(parts))
    _set_extra(made, None)
    _set_private(made, None)
    return made


@cache
def _defaults(kind: type[BaseModel]) -> dict[str, Any]:
    return {name: field.get_default() for name, field in kind.model_fields.items() if not field.is_required()}
