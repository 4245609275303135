"""Landing by hand: librdkafka in large gulps, the contract's own row reader, Arrow, SQL."""

from gulping import consumer
from landing import Landing

from klantbus.bus.codec import row_in


def main() -> None:
    reading = consumer()
    landing = Landing()
    while True:
        rows = (row_in(record.value()) for record in reading.consume(10_000, 0.2) if not record.error())
        landing.take([(row.id, row.type, row.subject, row.time, row.payload) for row in rows])


if __name__ == "__main__":
    main()
