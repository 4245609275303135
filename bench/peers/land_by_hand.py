"""Landing by hand: librdkafka in large gulps, the contract's own row reader, Arrow, SQL."""

import os

from confluent_kafka import Consumer
from landing import Landing

from klantbus.bus.codec import row_in


def main() -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": os.environ["PEER_BROKER"],
            "group.id": os.environ["PEER_GROUP"],
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 10,
        }
    )
    consumer.subscribe([os.environ["PEER_TOPIC"]])
    landing = Landing()
    while True:
        rows = (row_in(record.value()) for record in consumer.consume(10_000, 0.2) if not record.error())
        landing.take([(row.id, row.type, row.subject, row.time, row.payload) for row in rows])


if __name__ == "__main__":
    main()
