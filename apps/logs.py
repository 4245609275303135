"""Opening the log a command works on, with every topic of departments.toml in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from apps.settings import Settings
from klantbus.bus.departments import load_departments
from klantbus.bus.open import open_log
from klantbus.bus.ports import Log
from klantbus.bus.topics import topic_specs


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Log]:
    """Yield the log of these settings; topics that are not there yet are made."""
    if settings.log_url.startswith("journal:///"):
        settings.data.mkdir(parents=True, exist_ok=True)
    log = await open_log(settings.log_url)
    try:
        await log.create(topic_specs(load_departments(settings.departments)))
        yield log
    finally:
        await log.close()
