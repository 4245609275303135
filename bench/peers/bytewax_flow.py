"""The job on Bytewax: one worker, its recovery store on, because the watch keeps its state too."""

import os
from datetime import timedelta
from pathlib import Path

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main
from tally import Decoder, Progress, State, fresh, learn

BROKERS = [os.environ["PEER_BROKER"]]
decode = Decoder(Path(os.environ["PEER_SCHEMAS"]))
progress = Progress()


def keyed(message: KafkaSourceMessage) -> tuple[str, bytes]:
    return message.key.decode(), message.value


def step(state: State | None, value: bytes) -> tuple[State, list[bytes]]:
    state = state or fresh()
    said = learn(state, decode(value))
    if progress.more():
        progress.tell()
    return state, said


def flow() -> Dataflow:
    flow = Dataflow("tally")
    quick = {"fetch.queue.backoff.ms": "10"}
    source = KafkaSource(BROKERS, [os.environ["PEER_TOPIC"]], add_config=quick)
    told = op.map("keyed", op.input("in", flow, source), keyed)
    said = op.flatten("said", op.key_rm("plain", op.stateful_map("step", told, step)))
    kop.output(
        "out",
        op.map("record", said, lambda value: KafkaSinkMessage(None, value)),
        brokers=BROKERS,
        topic=os.environ["PEER_OUT"],
    )
    return flow


if __name__ == "__main__":
    kept = Path("recovery")
    kept.mkdir()
    init_db_dir(kept, 1)
    cli_main(flow(), recovery_config=RecoveryConfig(str(kept)), epoch_interval=timedelta(seconds=5))
