"""Landing on Quix Streams: decode in the dataframe, a batching sink that writes DuckDB."""

import os
from pathlib import Path
from typing import Any

from landing import Landing, line
from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch
from tally import Decoder

decode = Decoder(Path(os.environ["PEER_SCHEMAS"]))


class DuckSink(BatchingSink):
    """Lands a checkpoint's batch."""

    def __init__(self) -> None:
        super().__init__()
        self._landing = Landing()

    def write(self, batch: SinkBatch) -> None:
        """Land what came since the last checkpoint."""
        self._landing.take([line(item.value) for item in batch])
        self._landing.flush()


def plain(value: bytes) -> dict[str, Any]:
    return decode(value)


def main() -> None:
    app = Application(
        os.environ["PEER_BROKER"],
        consumer_group=os.environ["PEER_GROUP"],
        auto_offset_reset="earliest",
        loglevel="WARNING",
        commit_every=20_000,
        commit_interval=1.0,
        consumer_extra_config={"fetch.queue.backoff.ms": 10},
    )
    events = app.topic(os.environ["PEER_TOPIC"], value_deserializer="bytes")
    app.dataframe(events).apply(plain).sink(DuckSink())
    app.run()


if __name__ == "__main__":
    main()
