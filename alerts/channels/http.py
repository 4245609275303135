"""One careful POST: the checked address, no redirects, limits on time and on what is read.

Hand-made on a plain connection: all we ask of an answer is its status and one header, a client that knows
redirects, cookies, proxies and pools would have to be kept from all of them, and it costs four times as much.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from alerts.channels.addresses import Target, check_url
from alerts.channels.trust import system_trust
from alerts.errors import ReceiverAway, ReceiverGone, ReceiverRefused

READ_AT_MOST = 65_536
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])[ \r]")
_RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*([^\r\n]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Post:
    """Posts bodies to URLs.

    allowed  hosts that may be inside our own network, and may go without TLS
    patience seconds for the whole exchange
    tls      whom to trust instead of those whom this machine trusts
    """

    clock: Callable[[], datetime]
    allowed: frozenset[str] = frozenset()
    patience: float = 10.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Post `body`; return the answer as a short text, or raise whose fault it is that there is none."""
        try:
            async with asyncio.timeout(self.patience):
                target = await check_url(url, self.allowed)
                status, asked = await self._exchange(target, _request(target, body, headers))
        except TimeoutError as error:
            raise ReceiverAway(f"no answer in {self.patience:g} s") from error
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise ReceiverAway(f"no answer: {type(error).__name__}") from error
        return _judge(status, asked, self.clock())

    async def _exchange(self, target: Target, request: bytes) -> tuple[int, str]:
        """Send `request` over a connection of its own; return the status and what Retry-After says."""
        reader, writer = await asyncio.open_connection(
            target.number,
            target.port,
            limit=READ_AT_MOST,
            ssl=(self.tls or system_trust()) if target.is_tls else None,
            server_hostname=target.host if target.is_tls else None,
        )
        try:
            writer.write(request)
            await writer.drain()
            return await _answer(reader)
        finally:
            writer.transport.abort()


def _request(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the whole request. Header values are ours: keys, types, signatures."""
    lines = {
        "Host": target.authority,
        "User-Agent": "klantbus",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {target.path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Read up to the end of the answer's head, past what is only provisional (1xx)."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        found = _STATUS.match(head)
        if not found:
            raise ReceiverAway("no answer: what came back is no HTTP")
        status = int(found[1])
        if status >= HTTPStatus.OK:
            asked = _RETRY_AFTER.search(head)
            return status, asked[1].decode("latin-1").strip() if asked else ""


def _judge(status: int, asked: str, now: datetime) -> str:
    answer = f"HTTP {status}"
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    if status == HTTPStatus.GONE:
        raise ReceiverGone(f"{answer}: gone, and not called again")
    if status in _AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ReceiverAway(answer, retry_after=_seconds(asked, now))
    if status < HTTPStatus.BAD_REQUEST:
        raise ReceiverRefused(f"{answer}: it points elsewhere, and we do not follow")
    raise ReceiverRefused(answer)


def _seconds(asked: str, now: datetime) -> float | None:
    """Return a Retry-After (seconds, or a date) in seconds."""
    if asked.isdecimal():
        return float(asked[:9])
    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
