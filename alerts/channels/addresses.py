"""Which addresses we call: a name is looked up once, judged, and the judged address is the one we connect to.

Otherwise a name that points outside while we look, and inside when we call, would reach our own network.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, quote, urlsplit

from alerts.errors import AddressRefused, ReceiverAway

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the numbers of a host, for a port, as texts. Raises `OSError`."""
_AS_IT_IS = "%/?:@!$&'()*+,;=-._~"
_NAT64 = 0x0064FF9B << 96
_LOW_96 = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL: the number and port to connect to, the host it was checked for, and what to ask there.

    `authority` goes into Host, `path` into the request line; both are ASCII without blanks.
    """

    number: str
    port: int
    host: str
    authority: str
    path: str
    is_tls: bool


async def check_url(url: str, allowed: Iterable[str], look_up: LookUp | None = None) -> Target:
    """Return the target of `url`; `allowed` names hosts that may be private and may go without TLS.

    `look_up` finds the numbers of a name; this machine's own way when None.

    Raises `AddressRefused`, or `ReceiverAway` when the name cannot be looked up now.
    """
    parts = _split(url)
    host = _ascii(parts.hostname or "")
    is_allowed = host in set(allowed)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_allowed):
        raise AddressRefused(f"{host or 'an address'} must be called over https")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    numbers = await _numbers(host, port, look_up or _look_up)
    if not is_allowed and not all(is_public(number) for number in numbers):
        raise AddressRefused(f"{host} is an address inside; name it under allowed hosts if that is meant")
    path = quote(f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", safe=_AS_IT_IS)
    authority = host if parts.port is None else f"{host}:{port}"
    authority = authority if ":" not in host else f"[{host}]:{port}"
    return Target(str(numbers[0]), port, host, authority, path, parts.scheme == "https")


def is_public(number: IPv4Address | IPv6Address) -> bool:
    """Return whether an address is outside: not private, loopback, link-local, nor one in disguise."""
    inner = _disguised(number) if isinstance(number, IPv6Address) else None
    if inner is not None:
        return is_public(inner)
    return number.is_global and not number.is_multicast


def _disguised(number: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address carries (mapped, 6to4, Teredo, NAT64)."""
    if number.teredo:
        return number.teredo[1]
    if int(number) & ~_LOW_96 == _NAT64:
        return IPv4Address(int(number) & _LOW_96)
    return number.ipv4_mapped or number.sixtofour


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise AddressRefused("an address that is no URL") from error
    if not parts.hostname or parts.username or parts.password:
        raise AddressRefused("an address needs a host, and no name or password in it")
    return parts


def _ascii(host: str) -> str:
    try:
        return host.encode("ascii" if ":" in host else "idna").decode()
    except UnicodeError as error:
        raise AddressRefused("an address whose host is no name") from error


async def _numbers(host: str, port: int, look_up: LookUp) -> list[IPv4Address | IPv6Address]:
    with suppress(ValueError):
        return [ip_address(host)]  # a number needs no looking up
    try:
        found = await look_up(host, port)
    except (OSError, UnicodeError) as error:
        raise ReceiverAway(f"the name {host} cannot be looked up") from error
    numbers = {ip_address(number.partition("%")[0]): None for number in found}
    return sorted(numbers, key=lambda number: number.version)  # not every network has a way for IPv6


async def _look_up(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]
