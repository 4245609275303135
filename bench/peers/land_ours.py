"""Our own read models, all of them, from the same topic; tells its progress for who started us."""

import asyncio
import os
from pathlib import Path

from klantbus.bus.open import open_log
from projections.rebuild import build, ends_of


async def main() -> None:
    log, topics, done = await open_log(f"kafka://{os.environ['PEER_BROKER']}"), [os.environ["PEER_TOPIC"]], 0

    def told(records: int) -> None:
        nonlocal done
        if done:
            os.write(1, b"%d\n" % done)  # these are in: the next batch was begun
        done += records

    await build(log, Path("built"), await ends_of(log, topics), told, topics=topics)
    os.write(1, b"%d\n" % done)
    await log.close()


if __name__ == "__main__":
    asyncio.run(main())
