"""A letter as plain text: for the console, the text part of a mail, and whatever has no form of its own."""

from collections.abc import Iterator

from alerts.letter import Item, Letter


def as_text(letter: Letter) -> str:
    """Return the whole letter as lines of text."""
    return "\n".join(_paragraphs(letter)) + "\n"


def _paragraphs(letter: Letter) -> Iterator[str]:
    if letter.lead:
        yield letter.lead
        yield ""
    for item in letter.items:
        yield from _item(item)
        yield ""
    if letter.more:
        yield letter.more
        yield ""
    if letter.action:
        yield letter.action
    yield letter.link


def _item(item: Item) -> Iterator[str]:
    yield item.title
    for label, text in item.lines:
        yield f"  {label}: {text}"
