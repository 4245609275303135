"""The consumer of every pipeline by hand: librdkafka, as its own examples say, in large gulps."""

import os

from confluent_kafka import Consumer


def consumer(**more: object) -> Consumer:
    """Return one that reads the topic of the run from its start; `more` are settings of librdkafka."""
    made = Consumer(
        {
            "bootstrap.servers": os.environ["PEER_BROKER"],
            "group.id": os.environ["PEER_GROUP"],
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 10,
            **more,
        }
    )
    made.subscribe([os.environ["PEER_TOPIC"]])
    return made
