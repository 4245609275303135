"""From an edge in the log to a message handed over, and a bad morning; beside a bare POST, in one run.

Edges of critical breaks (they wait for no group) come in at a steady rate on a real journal; the alerter
reads, decides, writes its ledger, and hands over to a web server on loopback, as
CloudEvents. An edge's time runs from the log's "I have it" to the receiver's last byte. "Bare" is one httpx
POST per edge by the same schedule: no log, no ledger, no grouping, nobody else to tell. The bad morning is
10,000 breaks at 08:00, told by mail from 08:30 on, and once more as digests at 08:35; its time is all the
reading, deciding and handing over, without the waiting.
"""

import argparse
import asyncio
import json
import platform
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.pop(0)

import httpx
from aiosmtpd.controller import Controller

from alerts.channels.http import Post
from alerts.channels.mail import Mail, Security
from alerts.channels.port import Channel
from alerts.channels.webhook import Webhook
from alerts.company import Company, Receiver, Unit
from alerts.hours import Hours
from alerts.ledger import Ledger
from alerts.loop import Alerter, Setting
from alerts.model import Address
from alerts.policy import Policy
from klantbus.bus.clock import now
from klantbus.bus.departments import Language
from klantbus.bus.intake import Intake
from klantbus.bus.journal import Journal
from klantbus.bus.parking import Parking
from klantbus.bus.ports import Follower, Record, TopicSpec
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, PARKED
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import Fact

GOAL_SECONDS, GOAL_MORNING = 1.0, 60.0
PERFORMERS = ("logistics", "finance", "service", "workshop")
OFFICE = {"timezone": "Europe/Amsterdam", "open": {"mon-fri": ["08:30-17:00"]}}
MORNING = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)


def edge(number: int, at: datetime, severity: str) -> Record:
    data = {
        "alert_id": f"A{number}",
        "kind": "promise.broken",
        "key": f"p{number}",
        "severity": severity,
        "at": at,
        "promise_id": f"p{number}",
        "promise_kind": "delivery",
        "made_by": "sales",
        "performer": PERFORMERS[number % len(PERFORMERS)],
        "as_said": "Friday at the latest",
    }
    fact = {
        "id": f"e{number}",
        "source": "/bus/judge",
        "type": "alert.raised",
        "subject": f"C{number % 1000}",
        "time": at,
        "recordedtime": at,
        "data": data,
    }
    return record_of(Fact.model_validate(fact), ALERTS)


def company_at(channel: str, where: Callable[[str], str], hours: Hours) -> Company:
    def receiver(name: str) -> Receiver:
        return Receiver(name, (Address(channel, where(name)),), hours, Language.ENGLISH)

    names = ("sales", *PERFORMERS)
    units = {name: Unit(name, receiver(name), receiver(f"{name}.head")) for name in names}
    return Company(units, receiver("management"))


@contextmanager
def web_server(take: Callable[[bytes], None]) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Took:
    """When each edge was in the log, and when it was first told."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        self.told: dict[str, float] = {}
        self.messages = 0
        self.more = threading.Condition()

    def take(self, body: bytes) -> None:
        """Note whom a message tells of."""
        moment = time.perf_counter()
        with self.more:
            self.messages += 1
            for name in re.findall(rb'"alert":"(A\d+)"', body):
                self.told.setdefault(name.decode(), moment)
            self.more.notify_all()

    def wait_for(self, count: int) -> None:
        """Wait until so many edges were told."""
        with self.more:
            self.more.wait_for(lambda: len(self.told) >= count, timeout=30)

    def seconds(self) -> list[float]:
        """Return how long each took."""
        return sorted(self.told[name] - came for name, came in self.came.items() if name in self.told)


async def started(
    folder: Path, company: Company, channels: Mapping[str, Channel], clock: Callable[[], datetime]
) -> tuple[Journal, Alerter, Follower]:
    journal = Journal(str(folder / "journal"))
    await journal.create([TopicSpec(ALERTS), TopicSpec(PARKED)])
    ledger = Ledger.open(folder / "alerts.sqlite")
    follower = await journal.follower([ALERTS])
    intake = Intake(follower, await Parking.open(journal), by="alerts")
    setting = Setting(company, Policy(), "http://127.0.0.1:8080", clock)
    return journal, Alerter(ledger, intake, channels, setting), follower


async def keep_pace(rate: int, count: int, act: Callable[[int], object]) -> None:
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await act(number)


async def alerter_round(rate: int, count: int) -> tuple[list[float], int, float]:
    took = Took()
    with tempfile.TemporaryDirectory() as folder, web_server(took.take) as port:
        company = company_at("webhook", lambda name: f"http://127.0.0.1:{port}/{name}", Hours())
        hook = Webhook(Post(now, frozenset({"127.0.0.1"})), now, b"secret")
        journal, alerter, _ = await started(Path(folder), company, {"webhook": hook}, now)
        publisher = await journal.publisher()
        stop = asyncio.Event()
        running = asyncio.create_task(alerter.run(stop, {}))

        async def state(number: int) -> None:
            await publisher.publish([edge(number, now(), "critical")])
            took.came[f"A{number}"] = time.perf_counter()

        cpu = time.process_time()
        await keep_pace(rate, count, state)
        await asyncio.to_thread(took.wait_for, count)
        cpu = time.process_time() - cpu
        stop.set()
        await running
        await journal.close()
    return took.seconds(), took.messages, cpu / count


async def bare_round(rate: int, count: int) -> tuple[list[float], int, float]:
    took = Took()
    with web_server(took.take) as port:
        async with httpx.AsyncClient(trust_env=False) as client:
            calls = []

            async def post(number: int) -> None:
                took.came[f"A{number}"] = time.perf_counter()
                body = json.dumps({"alert": f"A{number}"}, separators=(",", ":"))
                calls.append(asyncio.create_task(client.post(f"http://127.0.0.1:{port}/x", content=body)))

            cpu = time.process_time()
            await keep_pace(rate, count, post)
            await asyncio.gather(*calls, return_exceptions=True)  # what fails is missing in the table
            cpu = time.process_time() - cpu
    return took.seconds(), took.messages, cpu / count


class Mailbox:
    """A mail server's handler that counts."""

    def __init__(self) -> None:
        self.size = 0
        self.mails = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: D102, N802  its name
        self.mails += 1
        self.size += len(envelope.content)
        return "250 taken"


class AnyPort(Controller):
    """Takes a free port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


async def bad_morning(count: int) -> tuple[float, float, Mailbox]:
    moment = [MORNING]
    box = Mailbox()
    server = AnyPort(box, hostname="127.0.0.1", port=0)
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        hours = Hours(Calendar.from_settings(OFFICE))
        company = company_at("mail", lambda name: f"{name}@company.example", hours)
        mail = Mail("127.0.0.1", server.port, "bus@company.example", lambda: moment[0], Security.NONE)
        journal, alerter, follower = await started(Path(folder), company, {"mail": mail}, lambda: moment[0])
        publisher = await journal.publisher()
        for start in range(0, count, 1000):
            await publisher.publish([edge(number, MORNING, "high") for number in range(start, start + 1000)])
        ends = await follower.ends()
        began, cpu = time.perf_counter(), time.process_time()
        while any(follower.positions().get(lane, 0) < end for lane, end in ends.items()):
            await alerter.read_more(1.0)
        for minute in (30, 35):
            moment[0] = MORNING + timedelta(minutes=minute)
            alerter.go_round()
            await alerter.hand_over()
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        await journal.close()
    server.stop()
    return took, cpu, box


def quantile(seconds: list[float], part: float) -> str:
    return f"{seconds[min(len(seconds) - 1, int(part * len(seconds)))] * 1000:.0f}"


def row(name: str, rounds: list[tuple[list[float], int, float]], count: int) -> list[str]:
    middle = sorted(rounds, key=lambda one: one[0][int(0.99 * len(one[0]))])[len(rounds) // 2]
    seconds, messages, cpu = middle
    cells = [quantile(seconds, part) for part in (0.5, 0.95, 0.99)]
    return [name, f"{len(seconds)} of {count}", str(messages), *cells, f"{cpu * 1000:.1f}"]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=100, help="edges a second")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=10_000, help="breaks of the bad morning")
    given = parser.parse_args()
    count = given.rate * given.seconds
    ours, bare = [], []
    for _ in range(given.rounds):
        bare.append(await bare_round(given.rate, count))
        ours.append(await alerter_round(given.rate, count))
    print(
        f"Python {platform.python_version()}, {given.rate} edges a second for {given.seconds} s, the median\n"
    )
    print("| who | edges told | messages | p50 ms | p95 ms | p99 ms | CPU ms an edge |")
    print("|---|---|---|---|---|---|---|")
    for name, rounds in (("bare POST", bare), ("alerter", ours)):
        print(f"| {' | '.join(row(name, rounds, count))} |")
    worst = statistics.median(one[0][int(0.99 * len(one[0]))] for one in ours)
    print(f"\ngoal p99 <= {GOAL_SECONDS:g} s: {'held' if worst <= GOAL_SECONDS else 'MISSED'}")
    took, cpu, box = await bad_morning(given.many)
    size = f"{box.mails} mails, {box.size / 1e6:.1f} MB"
    print(f"\nbad morning: {given.many} breaks, {size}, {took:.1f} s, {cpu:.1f} s of CPU")
    print(f"goal <= {GOAL_MORNING:g} s: {'held' if took <= GOAL_MORNING else 'MISSED'}")


if __name__ == "__main__":
    asyncio.run(main())
