"""A letter as a CloudEvent to a URL, signed: `webhook-signature` after the Standard Webhooks convention.

The receiver checks `v1,` + base64(HMAC-SHA256(secret, id + "." + timestamp + "." + body)) and may recognise a
repeat by `Idempotency-Key`, which is also the event's id.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from alerts.channels.http import Post
from alerts.letter import LETTER, Letter

TYPE = "klantbus.alert.told"
SOURCE = "/bus/alerts"


@dataclass(frozen=True)
class Webhook:
    """Sends signed CloudEvents (structured mode, JSON)."""

    post: Post
    clock: Callable[[], datetime]
    secret: bytes = field(default=b"", repr=False)

    async def send(self, letter: Letter, to: str) -> str:
        """Hand the letter over as one event."""
        now = self.clock()
        body = as_cloudevent(letter, now)
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "Idempotency-Key": letter.id,
            **signed(letter.id, int(now.timestamp()), body, self.secret),
        }
        return await self.post(to, body, headers)


def as_cloudevent(letter: Letter, now: datetime) -> bytes:
    """Return the letter as a CloudEvent in JSON."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": letter.id,
            "source": SOURCE,
            "type": TYPE,
            "time": now.isoformat(),
            "datacontenttype": "application/json",
            "data": LETTER.dump_python(letter, mode="json"),
        }
    )


def signed(key: str, timestamp: int, body: bytes, secret: bytes) -> dict[str, str]:
    """Return the headers that prove who sent `body`, and when; none without a secret."""
    if not secret:
        return {}
    digest = hmac.new(secret, f"{key}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
