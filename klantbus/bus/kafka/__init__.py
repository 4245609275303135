"""The log on Apache Kafka, and the one door to confluent-kafka.

Why that client: beside aiokafka in one run (bench/kafka.py) it follows faster, its idempotent producer can be
purged when it runs out of time, and it waits in threads of its own that do not hold Python's lock.
"""

from klantbus.bus.kafka.log import KafkaLog, open_kafka
from klantbus.bus.kafka.security import Mechanism, Protocol, Security

__all__ = ["KafkaLog", "Mechanism", "Protocol", "Security", "open_kafka"]
