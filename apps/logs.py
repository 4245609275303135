"""Opening the log a command works on, with every topic of departments.toml in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from apps.settings import Settings
from klantbus.bus.departments import load_departments
from klantbus.bus.errors import Misuse, NotAllowed
from klantbus.bus.open import open_log
from klantbus.bus.ports import Log
from klantbus.bus.topics import topic_specs


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Log]:
    """Yield the log of these settings; topics that are not there yet are made, by who may.

    A department or a part of the bus with rights of its own may not, nor see the topics of others: it uses
    those that `klantbus topic apply` made.
    """
    if settings.log_url.startswith("journal:///"):
        _make(settings.data)
    log = await open_log(settings.log_url)
    try:
        with suppress(NotAllowed):
            await log.create(topic_specs(load_departments(settings.departments)))
        yield log
    finally:
        await log.close()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misuse(
            f"the data folder {folder} cannot be made: {error.strerror}; name another with --data"
        ) from error
