"""Starts, stops and looks at the node of a directory.

A start returns when the node takes a topic and a record; not when its port is open, which is earlier.
"""

import asyncio
import fcntl
import json
import secrets
import socket
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.resources import as_file, files
from pathlib import Path

from apps.broker import process
from apps.broker.errors import BrokerDown, PartMissing, PortTaken
from apps.broker.jars import kafka_jars
from apps.broker.java import Java, find_java
from apps.broker.process import Process
from apps.broker.settings import (
    DEFAULT_PORT,
    FIRST_OUTGOING_PORT,
    HEAP,
    LOWEST_PORT,
    Home,
    Listeners,
    read_back,
    server_properties,
    written,
)
from klantbus.bus.clock import steady
from klantbus.bus.errors import BusError
from klantbus.bus.kafka import KafkaLog
from klantbus.bus.ports import Record, TopicSpec

START_SECONDS = 120.0
STOP_SECONDS = 20.0
PROBE = TopicSpec("broker.probe", partitions=1, retention_days=1)
"""A topic that only shows that a record can be written; it lies outside klantbus.*."""


@dataclass(frozen=True, slots=True)
class Running:
    """A node that runs, and where clients find it."""

    port: int
    process: Process

    @property
    def address(self) -> str:
        """Return host and port as clients want it."""
        return f"127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Wish:
    """How a node shall be started. `port` None keeps the port it had, 0 takes any free one.

    The rest is for a node that checks who calls: `extra` Kafka settings on top of ours, `doors` further
    listeners (port by protocol), `users` SCRAM users to be made when storage is formatted, in the words of
    Kafka's StorageTool.
    """

    port: int | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    doors: Mapping[str, int] = field(default_factory=dict)
    users: tuple[str, ...] = ()


def start(home: Home, wish: Wish, environ: Mapping[str, str]) -> Running:
    """Start the node, or return the one that runs already.

    Raises `PartMissing` without Java or Kafka, `JarsDiffer`, `PortTaken`, and `BrokerDown` when it does not
    answer in time; then nothing that it started is left running.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        there = running(home)
        if there:
            return _ready(home, there)
        java = find_java()
        jars = kafka_jars(java, environ)
        listeners = _listeners(home, wish)
        home.properties.write_text(written(server_properties(home, listeners)), encoding="utf-8")
        home.properties.chmod(0o600)
        _format_once(home, java, jars, wish.users)
        return _launch(home, java, jars, listeners)


def stop(home: Home) -> bool | None:
    """Stop the node: True when it went by itself, False when it had to be killed, None when none ran."""
    if not home.root.is_dir():
        return None
    with _alone(home):
        there = running(home)
        home.running.unlink(missing_ok=True)
        return process.stop(there.process, patience=STOP_SECONDS) if there else None


def kill(home: Home) -> None:
    """End the node as a power cut of the process would (kill -9)."""
    with _alone(home):
        there = running(home)
        if there:
            process.kill(there.process)


def running(home: Home) -> Running | None:
    """Return the node that runs from this directory; a note about one that is gone counts for nothing."""
    try:
        note = json.loads(home.running.read_text(encoding="utf-8"))
        there = Running(note["port"], Process(**note["process"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return there if process.is_alive(there.process) else None


async def answers(address: str, *, patience: float) -> bool:
    """Return whether a node takes a topic and a record at `address` within `patience` seconds."""
    log = KafkaLog(address, patience=patience)
    try:
        await log.create([PROBE])
        publisher = await log.publisher()
        await publisher.publish([Record(PROBE.name, b"probe", b"", ())])
    except BusError:
        return False
    else:
        return True
    finally:
        await log.close()


def free_port() -> int:
    """Return a port nobody listens on, below those that the system hands to outgoing connections."""
    while True:
        port = LOWEST_PORT + secrets.randbelow(FIRST_OUTGOING_PORT - LOWEST_PORT)
        if _is_free(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    with home.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _listeners(home: Home, wish: Wish) -> Listeners:
    """Return the ports: for clients as last time unless told otherwise, the controller's while it is free."""
    written_before = home.properties.read_text(encoding="utf-8") if home.properties.exists() else ""
    before = read_back(written_before)
    controller = _port_of(before.get("controller.quorum.bootstrap.servers", ""))
    client = wish.port
    if client is None:
        client = _port_of(before.get("advertised.listeners", "").split(",")[0]) or DEFAULT_PORT
    if client and not _is_free(client):
        raise PortTaken(client)
    return Listeners(
        port=client or free_port(),
        controller_port=controller if controller and _is_free(controller) else free_port(),
        doors=wish.doors,
        extra=wish.extra,
    )


def _port_of(address: str) -> int | None:
    port = address.rpartition(":")[2]
    return int(port) if port.isdigit() else None


def _format_once(home: Home, java: Java, jars: Path, users: tuple[str, ...]) -> None:
    if home.formatted.exists():
        return
    cluster = (
        "k" + urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
    )  # one that begins with - reads as an option
    what = ["format", "--standalone", "--ignore-formatted", "-t", cluster, "-c", str(home.properties)]
    for user in users:
        what += ["--add-scram", user]
    formatting = _run_java(home, java, jars, ["kafka.tools.StorageTool", *what])
    if not process.wait_gone(formatting, START_SECONDS) or not home.formatted.exists():
        process.kill(formatting)
        raise BrokerDown(f"Kafka could not format its storage. {_last_words(home)}")


def _launch(home: Home, java: Java, jars: Path, listeners: Listeners) -> Running:
    child = _run_java(home, java, jars, ["kafka.Kafka", str(home.properties)])
    there = Running(listeners.port, child)
    home.running.write_text(json.dumps(asdict(there)), encoding="utf-8")
    try:
        return _ready(home, there)
    except BrokerDown:
        process.stop(child, patience=STOP_SECONDS)
        raise


def _ready(home: Home, there: Running) -> Running:
    if _wait_ready(there):
        return there
    alive = process.is_alive(there.process)
    what = f"did not answer within {START_SECONDS:.0f} s" if alive else "ended instead of starting"
    raise BrokerDown(f"Kafka {what}. {_last_words(home)}")


def _wait_ready(there: Running) -> bool:
    deadline = steady() + START_SECONDS
    while process.is_alive(there.process) and steady() < deadline:
        if asyncio.run(answers(there.address, patience=5.0)):
            return True
    return False


def _run_java(home: Home, java: Java, jars: Path, command: list[str]) -> Process:
    if not java.command.is_absolute():
        raise PartMissing(f"{java.command} is no full path to a Java")
    with as_file(files("apps.broker").joinpath("log4j2.xml")) as logging:
        own = [f"-Dlog4j2.configurationFile={logging}", f"-Dklantbus.log={home.log}"]
        line = [str(java.command), *HEAP, *own, "-cp", f"{jars}/*", *command]
        return process.spawn(line, home.out, {})


def _last_words(home: Home) -> str:
    spoken = [path for path in (home.out, home.log) if path.exists() and path.stat().st_size]
    if not spoken:
        return f"It said nothing in {home.out}"
    last = max(spoken, key=lambda path: path.stat().st_mtime_ns)
    line = last.read_text(encoding="utf-8", errors="replace").splitlines()[-1]
    return f"Its last words ({last}): {line}"
