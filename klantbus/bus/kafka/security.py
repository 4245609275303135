"""How we show Kafka who we are. Secrets live in one frozen value that never prints them."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from klantbus.bus.errors import Misuse

PREFIX = "KLANTBUS_KAFKA_"


class Protocol(StrEnum):
    """How the line is protected; Kafka's own words."""

    PLAINTEXT = "PLAINTEXT"
    SASL_SSL = "SASL_SSL"
    SSL = "SSL"


class Mechanism(StrEnum):
    """How a password is shown without sending it."""

    SHA_256 = "SCRAM-SHA-256"
    SHA_512 = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True)
class Security:
    """Who we are to Kafka, and how the line is protected.

    `SASL_SSL` wants `username` and `password`; `SSL` (mutual TLS) wants `certificate` and `key`, paths of PEM
    files. `authority` is the PEM file of the authority that signed the brokers, the system's own when empty.
    Plain text goes over loopback only, unless `trusted_network` says that the network is ours (in a compose
    file). Raises `Misuse` when it does not add up.
    """

    protocol: Protocol = Protocol.PLAINTEXT
    mechanism: Mechanism = Mechanism.SHA_512
    username: str = ""
    password: str = field(default="", repr=False)
    authority: str = ""
    certificate: str = ""
    key: str = ""
    key_password: str = field(default="", repr=False)
    trusted_network: bool = False

    def __post_init__(self) -> None:
        """Refuse a half-filled form before anything is sent."""
        if self.protocol is Protocol.SASL_SSL and not (self.username and self.password):
            raise Misuse(f"SASL_SSL needs {PREFIX}USERNAME and {PREFIX}PASSWORD")
        if self.protocol is Protocol.SSL and not (self.certificate and self.key):
            raise Misuse(f"SSL needs {PREFIX}CERTIFICATE and {PREFIX}KEY, paths of PEM files")

    def settings(self, servers: str) -> dict[str, str]:
        """Return librdkafka's settings for `servers`; raise `Misuse` for plain text to a network not ours."""
        if self.protocol is Protocol.PLAINTEXT:
            self._guard(servers)
            return {"security.protocol": "PLAINTEXT"}
        chosen = {
            "security.protocol": self.protocol.value,
            "ssl.ca.location": self.authority,
            "ssl.certificate.location": self.certificate,
            "ssl.key.location": self.key,
            "ssl.key.password": self.key_password,
        }
        if self.protocol is Protocol.SASL_SSL:
            chosen |= {
                "sasl.mechanisms": self.mechanism.value,
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        return {name: value for name, value in chosen.items() if value}

    def _guard(self, servers: str) -> None:
        far = [server for server in servers.split(",") if not _is_loopback(server)]
        if far and not self.trusted_network:
            raise Misuse(
                f"plain text to {', '.join(far)} would show facts about customers to the network: "
                f"set {PREFIX}PROTOCOL to SASL_SSL or SSL, or {PREFIX}TRUSTED_NETWORK=1 where it is your own"
            )


def security_from(environ: Mapping[str, str]) -> Security:
    """Return what KLANTBUS_KAFKA_* in `environ` says; plain text over loopback when it says nothing."""
    said = {
        name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)
    }
    try:
        return Security(
            protocol=Protocol(said.pop("protocol", "PLAINTEXT")),
            mechanism=Mechanism(said.pop("mechanism", "SCRAM-SHA-512")),
            trusted_network=said.pop("trusted_network", "") in {"1", "true", "yes"},
            **said,
        )
    except ValueError as error:
        raise Misuse(f"{PREFIX}PROTOCOL or {PREFIX}MECHANISM: {error}") from error
    except TypeError as error:
        raise Misuse(f"there is no such setting in {PREFIX}*: {error}") from error


def _is_loopback(server: str) -> bool:
    host = server.strip().rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
