"""The log on Apache Kafka, and the one door to confluent-kafka.

Why that client and not aiokafka, which costs about the same (bench/kafka.py: it is quicker with headers and
in batches built by hand, slower without headers and by its ordinary send): a producer that can be purged when
our time is up, an idempotence that survives that, positions without a group's membership, an admin client
with ACLs, and waiting in threads of its own, so that no reply, or none at all, holds up the event loop.
"""

from klantbus.bus.kafka.log import KafkaLog, open_kafka
from klantbus.bus.kafka.security import Mechanism, Protocol, Security

__all__ = ["KafkaLog", "Mechanism", "Protocol", "Security", "open_kafka"]
