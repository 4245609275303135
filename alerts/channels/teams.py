"""A letter for Teams as an adaptive card, in which customers' words mean nothing to Teams.

Texts go in `TextRun`s, which know no markdown; mentions need an entity that we never write; the `{{` of card
functions is broken up.
"""

from dataclasses import dataclass

import orjson

from alerts.channels.http import Post
from alerts.letter import Item, Letter

MOST_ITEMS = 20
"""Teams takes cards of up to 28 kB."""

LARGEST = 24_000


@dataclass(frozen=True)
class Teams:
    """Sends to a workflow webhook of Teams."""

    post: Post

    async def send(self, letter: Letter, to: str) -> str:
        """Hand the letter over as a card."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": letter.id}
        return await self.post(to, as_card(letter), headers)


def as_card(letter: Letter) -> bytes:
    """Return the letter as a card of at most `LARGEST` bytes; what does not fit is counted."""
    shown = min(len(letter.items), MOST_ITEMS)
    body = _card(letter, shown)
    while len(body) > LARGEST and shown:
        shown //= 2
        body = _card(letter, shown)
    return body


def _card(letter: Letter, shown: int) -> bytes:
    left = len(letter.items) - shown
    parts = [_text(letter.subject, weight="Bolder"), _text(letter.lead)]
    for item in letter.items[:shown]:
        parts += [_text(item.title, weight="Bolder"), *_item(item)]
    parts += [_text(f"+ {left}" if left else letter.more), _text(letter.action, weight="Bolder")]
    content = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [part for part in parts if part],
        "actions": [{"type": "Action.OpenUrl", "title": "klantbus", "url": letter.link}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    return orjson.dumps({"type": "message", "attachments": [attachment]})


def _item(item: Item) -> list[dict[str, object] | None]:
    return [_text(f"{label}: {text}") for label, text in item.lines]


def _text(text: str, weight: str = "Default") -> dict[str, object] | None:
    if not text:
        return None
    run = {"type": "TextRun", "text": inert(text), "weight": weight}
    return {"type": "RichTextBlock", "inlines": [run]}


def inert(text: str) -> str:
    """Return `text` without what a card would work out: its functions and mentions."""
    return text.replace("{{", "{ {").replace("<at>", "< at>")
