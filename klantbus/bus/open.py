"""Opening a log by its address."""

import asyncio

from klantbus.bus.errors import Misuse
from klantbus.bus.journal import MEMORY, Journal
from klantbus.bus.ports import Log

FORMS = "journal:///path/to/file, journal::memory: or kafka://host:port"


async def open_log(url: str) -> Log:
    """Return the log at `url`: `journal:///path/to/file`, `journal::memory:` or `kafka://host:port[,host:port]`.

    Raises `Misuse` for another form, `LogUnavailable` when the cluster does not answer.
    """
    kind, _, rest = url.partition(":")
    if kind == "journal" and rest == MEMORY:
        return Journal(MEMORY)
    if kind == "journal" and rest.startswith("//") and rest != "//":
        return await asyncio.to_thread(Journal, rest.removeprefix("//"))
    if kind == "kafka" and rest.startswith("//") and rest != "//":
        return await _open_kafka(rest.removeprefix("//"))
    raise Misuse(f"{url!r} is no address of a log; write {FORMS}")


async def _open_kafka(bootstrap: str) -> Log:
    from klantbus.bus.kafka import open_kafka  # noqa: PLC0415  a journal needs no Kafka client: 0.3 s of start

    return await open_kafka(bootstrap)
