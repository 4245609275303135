"""A message as a value: what it says, before a channel gives it its form. Clean, not yet escaped."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from klantbus.bus.departments import Language


@dataclass(frozen=True, slots=True)
class Item:
    """One alert in a message: a title and labelled lines (who, what, in which words, since when, ...)."""

    alert: str
    title: str
    lines: tuple[tuple[str, str], ...]
    link: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody reads. `id` is the idempotency key; `more` counts alerts that only the link shows."""

    id: str
    kind: str
    level: str
    severity: str
    language: Language
    subject: str
    lead: str
    items: tuple[Item, ...]
    more: str
    action: str
    link: str


LETTER: TypeAdapter[Letter] = TypeAdapter(Letter)
"""Writes a letter into the ledger and reads it back, so that a repeat is the same to the byte."""
