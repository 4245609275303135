"""A letter for Slack, in which customers' words mean nothing to Slack.

Texts go in `plain_text` blocks, which know no mention, link or markdown; what Slack still reads in them
(`&`, `<`, `>`) is escaped.
"""

from dataclasses import dataclass
from itertools import accumulate

import orjson

from alerts.channels.http import Post
from alerts.letter import Item, Letter

MOST_ITEMS = 20
"""Slack takes 50 blocks a message; we use at most two for each alert and a few around them."""

_HEADER = 150
_SECTION = 2900


@dataclass(frozen=True)
class Slack:
    """Sends to an incoming webhook of Slack."""

    post: Post

    async def send(self, letter: Letter, to: str) -> str:
        """Hand the letter over as blocks."""
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": letter.id}
        return await self.post(to, as_slack(letter), headers)


def as_slack(letter: Letter) -> bytes:
    """Return the letter as Slack's JSON."""
    blocks: list[object] = [{"type": "header", "text": _plain(letter.subject, _HEADER)}]
    blocks += [_section(text) for text in (letter.lead,) if text]
    for item in letter.items[:MOST_ITEMS]:
        blocks.append(_section(_item(item)))
    blocks += [_section(text) for text in (_left(letter), letter.action) if text]
    blocks.append({"type": "context", "elements": [_plain(letter.link, _SECTION)]})
    return orjson.dumps(
        {
            "text": escaped(letter.subject),
            "mrkdwn": False,
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "blocks": blocks,
        }
    )


def escaped(text: str) -> str:
    """Return `text` without the three characters that Slack reads."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _left(letter: Letter) -> str:
    left = len(letter.items) - MOST_ITEMS
    return f"+ {left}" if left > 0 else letter.more


def _item(item: Item) -> str:
    return "\n".join([item.title, *(f"{label}: {text}" for label, text in item.lines)])


def _section(text: str) -> dict[str, object]:
    return {"type": "section", "text": _plain(text, _SECTION)}


def _plain(text: str, limit: int) -> dict[str, object]:
    return {"type": "plain_text", "text": escaped(_cut(text, limit)), "emoji": False}


def _cut(text: str, limit: int) -> str:
    """Return as much of `text` as is no longer than `limit` once escaped: no entity is cut in half."""
    if len(escaped(text)) <= limit:
        return text
    sizes = accumulate(len(escaped(character)) for character in text)
    return f"{text[: sum(size < limit for size in sizes)]}…"
