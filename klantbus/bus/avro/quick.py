"""Hands the shape of a fact to the reader in C, where `make compiled` built it (`klantbus/bus/in_c`).

That reader takes what our own writers write, bytes and headers together, and says None to all else; then the
readers made by `reader` and `rows` are asked, which know every other way and why nobody can read it. So there
is one judge of what a fact is, and it is written in Python; tests hold the quick one to it.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from types import ModuleType
from typing import Any

import orjson
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from klantbus.bus.avro import pieces
from klantbus.bus.avro.rows import Row, parts_of, personal_fields, personal_of
from klantbus.bus.avro.shape import (
    EPOCH_DAY,
    Amount,
    Choice,
    Date,
    Group,
    Many,
    Moment,
    Shape,
    Table,
    Text,
    Truth,
    Whole,
    Word,
)
from klantbus.bus.envelope import FIXED, MIRRORED
from klantbus.bus.quick import native

Quick = Callable[[bytes, int, Sequence[tuple[str, bytes]]], Any]
"""Reads a value from a byte on and compares headers; returns None to have the other reader asked."""
Described = tuple[Any, ...]
"""A node as `klantbus/bus/in_c/shapes.h` takes it: the letter of its kind, then what that kind needs."""

_OFTEN_THE_SAME = frozenset({"source", "timezone"})
_MOST_FIELDS = 48


def quick_fact(shape: Group) -> Quick | None:
    """Return what reads facts of this shape; None where nothing can do so quicker."""
    if native is None or not is_known(shape):
        return None
    fields = [field_of(name, field, _fact_node) for name, field in shape.fields]
    read: Quick = native.Plan(_model(shape, fields), roles_of(shape)).read
    return read


def quick_row(shape: Group) -> Quick | None:
    """Return what reads facts of this shape as rows; None where nothing can do so quicker."""
    if native is None or not is_known(shape):
        return None
    *envelope, (_, said) = shape.fields
    fields = [field_of(name, field, _fact_node) for name, field in envelope]
    named = [name for name, _ in envelope]
    columns = Row._fields[:-2]
    places = tuple(named.index(name) if name in named else -1 for name in columns)
    constants = tuple(shape.absent.get(name) for name in columns)
    whole = ("G", (*fields, _row_node(said)), (), (), ())
    read: Quick = native.Plan(whole, roles_of(shape), Row, places, constants).read
    return read


def is_known(shape: Shape | None) -> bool:
    """Return whether the models know every part of a shape, as they do unless it is very old or very new."""
    match shape:
        case Group(model, fields):
            fitting = model is not None and len(fields) <= _MOST_FIELDS
            return fitting and all(name is not None and is_known(field) for name, field in fields)
        case Choice(branches):
            return all(map(is_known, branches))
        case Many(item):
            return is_known(item)
        case Table(key, item):
            return is_known(key) and is_known(item)
    return True


def roles_of(shape: Group) -> tuple[int, ...]:
    """Return which field a header mirrors, header by header."""
    named = [name for name, _ in shape.fields]
    return tuple(named.index(field) for _, field in MIRRORED)


def field_of(name: str | None, shape: Shape, node: Callable[[Shape], Described]) -> Described:
    """Return the node of a field of the envelope."""
    described = node(shape)
    if name in _OFTEN_THE_SAME and isinstance(shape, Text):
        return (*described[:-1], True)
    return described


def node_of(  # noqa: C901, PLR0911  because it is a table of shapes
    shape: Shape,
    group: Callable[[Group], Described],
    word: Callable[[object], object],
    times: tuple[str, str] = ("M", "D"),
) -> Described:
    """Return a node; `group` describes a record, `word` what a symbol means, `times` instants and days."""

    def inner(part: Shape) -> Described:
        return node_of(part, group, word, times)

    match shape:
        case Text(shortest, longest, check, usual, visible):
            return ("T", shortest, longest, None if visible else check, usual, visible, False)
        case Word(_, members):
            return ("W", tuple(map(word, members)))
        case Truth():
            return ("B",)
        case Moment():
            return (times[0],)
        case Date():
            return (times[1],)
        case Amount(precision, scale):
            return ("A", scale, 10**precision, _amount(scale))
        case Whole(least, most):
            return ("N", least, most)
        case Choice(branches):
            return ("C", tuple(None if branch is None else inner(branch) for branch in branches))
        case Many(item, limit):
            return ("L", limit, (inner(item),))
        case Table(key, item, limit):
            return ("K", limit, (inner(key), inner(item)))
        case Group():
            return group(shape)


def _amount(scale: int) -> Callable[[int], Decimal]:
    return lambda digits: pieces.amount_of(digits, scale)


# -- facts


def _fact_node(shape: Shape) -> Described:
    return node_of(shape, _fact_group, lambda member: member)


def _fact_group(shape: Group) -> Described:
    return _model(shape, [_fact_node(field) for _, field in shape.fields])


def _model(shape: Group, fields: Sequence[Described]) -> Described:
    model = shape.model
    assert model is not None  # noqa: S101  `is_known` has seen to it
    names = tuple(model.model_fields)
    named = [name for name, _ in shape.fields]
    places = tuple(named.index(name) if name in named else -1 for name in names)
    return ("G", tuple(fields), model, names, places, tuple(map(shape.absent.get, names)), {*names})


# -- rows


def _row_node(shape: Shape) -> Described:
    return node_of(shape, _row_group, lambda member: orjson.dumps(getattr(member, "value", member)))


def _row_group(shape: Group) -> Described:
    model, personal = shape.model, personal_of(shape)
    assert model is not None  # noqa: S101  `is_known` has seen to it
    aliases = {name: info.alias or name for name, info in model.model_fields.items()}
    unsaid = {n: default for n, default in shape.absent.items() if n not in personal and default is not None}
    begin = orjson.dumps({aliases[name]: to_jsonable_python(default) for name, default in unsaid.items()})
    named = [str(name) for name, _ in shape.fields]
    labels = (begin[:-1], *(orjson.dumps(aliases[name]) + b":" for name in named))
    defaults = tuple(orjson.dumps(personal[name]) if name in personal else None for name in named)
    inside = dict.fromkeys(named.index(name) for name, part in parts_of(shape) if personal_fields(part))
    order = (*(named.index(name) for name in personal if name in named), *inside)
    return ("G", tuple(_row_node(field) for _, field in shape.fields), labels, defaults, order)


# -- what holds for all


def _set_up(native: ModuleType) -> None:
    slots = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
    descriptors = (BaseModel.__dict__["__dict__"], *(getattr(BaseModel, slot) for slot in slots))
    names = tuple(name.encode() for name, _ in (*MIRRORED, *FIXED))
    days = (pieces.FIRST_DAY - EPOCH_DAY, pieces.LAST_DAY - EPOCH_DAY)
    native.setup((pieces.FIRST, pieces.LAST, *days), descriptors, names, (FIXED[0][1], FIXED[1][1]))


if native is not None:
    _set_up(native)
