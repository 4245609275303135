"""One careful POST: the checked address, no redirects, limits on time and on what is read."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from alerts.channels.addresses import Target, check_url
from alerts.errors import ReceiverAway, ReceiverGone, ReceiverRefused

READ_AT_MOST = 65_536
_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True)
class Post:
    """Posts bodies to URLs.

    allowed  hosts that may be inside our own network, and may go without TLS
    patience seconds for the whole exchange
    """

    clock: Callable[[], datetime]
    allowed: frozenset[str] = frozenset()
    patience: float = 10.0
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """Post `body`; return the answer as a short text, or raise whose fault it is that there is none."""
        try:
            async with asyncio.timeout(self.patience):
                target = await check_url(url, self.allowed)
                status, asked = await self._exchange(target, body, headers)
        except TimeoutError as error:
            raise ReceiverAway(f"no answer in {self.patience:g} s") from error
        except httpx.HTTPError as error:
            raise ReceiverAway(f"no answer: {type(error).__name__}") from error
        return _judge(status, asked, self.clock())

    async def _exchange(self, target: Target, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        # No connection is kept: a pool would hand one made for a name to another at the same number.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with (
            httpx.AsyncClient(
                verify=self.tls, trust_env=False, limits=limits, timeout=self.patience
            ) as client,
            client.stream(
                "POST",
                target.url,
                content=body,
                headers={**headers, "Host": target.authority},
                extensions={"sni_hostname": target.host},
                follow_redirects=False,
            ) as answer,
        ):
            await _read_some(answer)
            return answer.status_code, answer.headers.get("Retry-After", "")


async def _read_some(answer: httpx.Response) -> None:
    read = 0
    async for part in answer.aiter_raw():
        read += len(part)
        if read > READ_AT_MOST:
            return


def _judge(status: int, asked: str, now: datetime) -> str:
    answer = f"HTTP {status}"
    if HTTPStatus(200) <= status < HTTPStatus.MULTIPLE_CHOICES:
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
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
