"""Landing on Bytewax: decode in a map, a sink that writes DuckDB; without its recovery store."""

import os
from pathlib import Path
from typing import Any

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.run import cli_main
from landing import Landing, Line, line
from tally import Decoder

decode = Decoder(Path(os.environ["PEER_SCHEMAS"]))


class Partition(StatelessSinkPartition[Line]):
    """Lands what comes."""

    def __init__(self) -> None:
        self._landing = Landing()

    def write_batch(self, items: list[Line]) -> None:
        """Land a batch."""
        self._landing.take(items)


class DuckSink(DynamicSink[Line]):
    """One landing, for one worker."""

    def build(self, *_: Any) -> Partition:
        """Return the landing of the worker."""
        return Partition()


def row(message: KafkaSourceMessage) -> Line:
    return line(decode(message.value))


def flow() -> Dataflow:
    flow = Dataflow("landing")
    quick = {"fetch.queue.backoff.ms": "10"}
    source = KafkaSource(
        [os.environ["PEER_BROKER"]], [os.environ["PEER_TOPIC"]], add_config=quick, batch_size=5_000
    )
    op.output("out", op.map("row", op.input("in", flow, source), row), DuckSink())
    return flow


if __name__ == "__main__":
    cli_main(flow())
