"""How the node is set up. `EVERYWHERE` is the one place that docker-compose.yml must agree with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KAFKA_VERSION = "4.3.1"
NODE_ID = "1"
DEFAULT_PORT = 9092
LOWEST_PORT = 20_000
FIRST_OUTGOING_PORT = 32_768
"""From here on the system hands ports to outgoing connections."""

EVERYWHERE: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": NODE_ID,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    # a topic is made on purpose (klantbus topic apply), never by a typing error
    "auto.create.topics.enable": "false",
    "num.partitions": "12",
    # `published` is the broker's append time: it drives every information verdict (RULES section 2)
    "log.message.timestamp.type": "LogAppendTime",
    # wider than a record of ours may be, so that a foreign large one can be parked
    "message.max.bytes": "2097152",
    # a reader's place is kept a year, not a week, while it is away
    "offsets.retention.minutes": "525600",
    "offsets.topic.num.partitions": "4",
    # one node: the inner topics cannot have a second copy
    "default.replication.factor": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # a node that was killed is let in again once its old session has ended: 3 s, not 9
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # the default of 128 MiB is taken at start and does not fit in a small heap
    "log.cleaner.dedupe.buffer.size": "8388608",
}

HEAP = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""A small node: 150 MB resident, and a third of the time to start."""


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one node and what lies in it."""

    root: Path

    @property
    def properties(self) -> Path:
        """The generated server.properties."""
        return self.root / "server.properties"

    @property
    def data(self) -> Path:
        """Kafka's own storage."""
        return self.root / "data"

    @property
    def formatted(self) -> Path:
        """The file that Kafka writes when storage has been formatted."""
        return self.data / "meta.properties"

    @property
    def log(self) -> Path:
        """What Kafka has to say."""
        return self.root / "broker.log"

    @property
    def out(self) -> Path:
        """What Java has to say: empty unless it went wrong early."""
        return self.root / "broker.out"

    @property
    def running(self) -> Path:
        """Who runs: process and port, as JSON."""
        return self.root / "running.json"

    @property
    def lock(self) -> Path:
        """Held while somebody starts or stops the node."""
        return self.root / "lock"


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where the node listens, always on loopback.

    `doors` are further listeners: a port by the name of its protocol (SASL_SSL, SSL). `extra` settings win.
    """

    port: int
    controller_port: int
    doors: Mapping[str, int]
    extra: Mapping[str, str]


def server_properties(home: Home, listeners: Listeners) -> dict[str, str]:
    """Return every setting of the node, ready to be written."""
    ports = {"PLAINTEXT": listeners.port, **listeners.doors}
    doors = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    controller = f"127.0.0.1:{listeners.controller_port}"
    return {
        **EVERYWHERE,
        "listeners": f"{doors},CONTROLLER://{controller}",
        "advertised.listeners": doors,
        "listener.security.protocol.map": ",".join(["CONTROLLER:PLAINTEXT", *(f"{n}:{n}" for n in ports)]),
        "controller.quorum.bootstrap.servers": controller,
        "log.dirs": str(home.data),
        **listeners.extra,
    }


def written(properties: Mapping[str, str]) -> str:
    """Return `properties` in Java's format."""
    return "".join(f"{name}={_escaped(value)}\n" for name, value in sorted(properties.items()))


def read_back(text: str) -> dict[str, str]:
    """Return the settings of a file that `written` made."""
    pairs = (line.partition("=") for line in text.splitlines() if line)
    return {name: value.replace("\\\\", "\\") for name, _, value in pairs}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\")
