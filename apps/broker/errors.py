"""What can go wrong with the broker of this machine.

```
BusError
├── Weather           a part is missing or does not answer (exit code 4)
│   ├── PartMissing   no Java, no Maven, no Kafka: the sentence says what to install
│   └── BrokerDown    it did not start, answer or stop in time
└── Misuse            something is not as it must be (exit code 3)
    ├── JarsDiffer    Kafka's jars are not the ones we know by SHA-256
    └── PortTaken     another program listens on the port
```
"""

from collections.abc import Collection

from klantbus.bus.errors import Misuse, Weather


class PartMissing(Weather):
    """A program that the broker needs is not on this machine."""


class BrokerDown(Weather):
    """The broker did not start, answer or stop in time."""


class PortTaken(Misuse):
    """Another program listens on `port`."""

    def __init__(self, port: int) -> None:
        super().__init__(f"another program listens on port {port}; choose one with --port (0: any free one)")
        self.port = port


class JarsDiffer(Misuse):
    """Jars that are `missing`, `extra` or `different` from the committed list; each a file name."""

    def __init__(
        self, *, missing: Collection[str], extra: Collection[str], different: Collection[str]
    ) -> None:
        self.missing = sorted(missing)
        self.extra = sorted(extra)
        self.different = sorted(different)
        found = {"missing": self.missing, "unknown": self.extra, "different": self.different}
        story = "; ".join(f"{word}: {', '.join(names)}" for word, names in found.items() if names)
        super().__init__(
            f"Kafka's jars are not the ones of jars.sha256 ({story}); nothing was started. "
            "Delete the cache directory and try again; if it repeats, do not trust the source"
        )
