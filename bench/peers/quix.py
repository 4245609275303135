"""The job on Quix Streams: one worker, at least once, state in RocksDB with its changelog, as it comes."""

import os
from pathlib import Path
from typing import Any

from quixstreams import Application
from quixstreams.state import State as Kept
from tally import Decoder, Progress, fresh, learn

decode = Decoder(Path(os.environ["PEER_SCHEMAS"]))
progress = Progress()


def step(event: dict[str, Any], kept: Kept) -> list[bytes]:
    state = kept.get("tally") or fresh()
    said = learn(state, event)
    kept.set("tally", state)
    if progress.more():
        progress.tell()
    return said


def main() -> None:
    app = Application(
        os.environ["PEER_BROKER"],
        consumer_group=os.environ["PEER_GROUP"],
        auto_offset_reset="earliest",
        state_dir="state",
        loglevel="WARNING",
        consumer_extra_config={"fetch.queue.backoff.ms": 10},
    )
    events = app.topic(os.environ["PEER_TOPIC"], value_deserializer="bytes")
    out = app.topic(os.environ["PEER_OUT"], value_serializer="bytes")
    frame = app.dataframe(events).apply(decode).apply(step, stateful=True, expand=True)
    frame.to_topic(out)
    app.run()


if __name__ == "__main__":
    main()
