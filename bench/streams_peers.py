"""From topic to verdicts on one worker, beside peers on the same broker in one run; and how soon time tells.

    .venv/bin/python bench/streams_peers.py [--events 100000] [--customers 20000] [--sizes ...] [--open ...]

* Speed: the real worker (`klantbus run streams`: decode, judge, state, verdicts, positions) on Faust and a
  real Kafka; beside it Quix Streams, Bytewax and a naive Faust agent with the far smaller job of
  peers/tally.py. A worker is measured from outside, from its first progress to its last; starting counts for
  nobody.
* Cost: the same worker with more and more customers, after two facts of each were judged.
* Time: promises that fall due one by one, and many at one instant, among many that do not.

The peers run in .venv-peers (`make peers`); without it they are left out, and it is said. A script's folder
comes first on its path and would hide the package `streams`, so it is moved to the end.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

sys.path.pop(0)
sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent / "peers"))

import mix
import running
from confluent_kafka import Consumer
from running import Turn

from apps.broker import node
from apps.broker.settings import Home
from apps.crew import same_program
from klantbus.bus.codec import decode
from klantbus.bus.registry import pages
from klantbus.bus.topics import ALERTS
from klantbus.domain.events import AlertRaised
from klantbus.domain.micros import micros
from schemas import all_files

BENCH = Path(__file__).resolve().parent
PEERS = BENCH.parent / ".venv-peers" / "bin" / "python"
ROUNDS = 3
NAIVE_SHARE = 5
"""A naive agent gets one event in so many: its figure is per event, and the run stays short."""
OURS = "klantbus, one worker"
GOAL = 40_000
run_number = count(1)


@contextmanager
def broker(scratch: Path) -> Iterator[str]:
    home = Home(scratch / f"kafka{next(run_number)}")
    try:
        yield node.start(home, node.Wish(port=0), os.environ).address
    finally:
        node.stop(home)


# -- workers


@contextmanager
def ours(scratch: Path, address: str) -> Iterator[tuple[running.Child, int]]:
    """Run the real worker; yield it and the port of its figures."""
    name, port = f"bench{next(run_number)}", node.free_port()
    words = [*same_program("run", "streams"), "--log", f"kafka://{address}"]
    words += ["--data", "data", "--name", name, "--group", name, "--metrics", str(port)]
    with running.worker(words, scratch / name, {}) as child:
        yield child, port


def our_turn(scratch: Path, address: str, wanted: int, since: int = 1) -> Turn:
    with ours(scratch, address) as (child, port):
        turn = running.measured(child, running.asked_at(port)(child), wanted, since)
        if parked := running.figure_at(port, "klantbus_streams_parked_total"):
            print(f"{parked} records were parked: the figures are not to be trusted")
        return turn


def peer_turn(scratch: Path, address: str, wanted: int, words: list[str]) -> Turn:
    name = f"bench{next(run_number)}"
    told = {
        "PEER_BROKER": address,
        "PEER_GROUP": name,
        "PEER_TOPIC": mix.EVERYTHING,
        "PEER_OUT": "bench.out",
        "PEER_EVENTS": str(wanted),
        "PEER_SCHEMAS": str(scratch / "schemas" / "ids"),
    }
    with running.worker(words, scratch / name, told) as child:
        return running.measured(child, running.said_by(child), wanted)


def runners(scratch: Path, address: str, events: int) -> dict[str, Callable[[], Turn]]:
    def peer(python: str, script: str, *more: str, wanted: int = events) -> Callable[[], Turn]:
        words = [python, str(BENCH / "peers" / script), *more]
        return lambda: peer_turn(scratch, address, wanted, words)

    naive = peer(sys.executable, "naive_faust.py", "worker", "-l", "warn", wanted=events // NAIVE_SHARE)
    found = {OURS: lambda: our_turn(scratch, address, events), "naive Faust agent": naive}
    if not PEERS.exists():
        print("Quix Streams and Bytewax are left out: there is no .venv-peers (make peers)\n")
        return found
    python = str(PEERS)
    return found | {"Quix Streams": peer(python, "quix.py"), "Bytewax": peer(python, "bytewax_flow.py")}


def write_schemas(folder: Path) -> None:
    for path, page in pages(all_files()).items():
        if path.startswith("schemas/ids/"):
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(page)


# -- tables


def speed(scratch: Path, events: int, customers: int) -> None:
    """Print events a second of each, interleaved rounds, medians."""
    turns: dict[str, list[Turn]] = {}
    with broker(scratch) as address:
        mix.make_topics(address, [*mix.event_topics(), mix.EVERYTHING, "bench.out"], stamps="CreateTime")
        mix.publish(address, mix.month(customers, events), mix.EVERYTHING)
        found = runners(scratch, address, events)
        for _ in range(ROUNDS):
            for name, turn in found.items():
                turns.setdefault(name, []).extend(_tried(name, turn))
    middle = {name: _middle(some) for name, some in turns.items() if some}
    print(f"## Topic to verdicts, {events:,} events of {customers:,} customers, medians of {ROUNDS}\n")
    print(
        "| worker | events/s | rounds | µs CPU each | MB | klantbus is x times |\n"
        "|---|---:|---|---:|---:|---:|"
    )
    for name, turn in middle.items():
        rounds = " ".join(f"{one.rate:,.0f}" for one in turns[name])
        ratio = middle[OURS].rate / turn.rate if OURS in middle else float("nan")
        print(f"| {name} | {turn.rate:,.0f} | {rounds} | {turn.cpu:.1f} | {turn.memory:.0f} | {ratio:.2f} |")
    print(f"\nGoals: ahead of both peers, 10 times naive Faust, {GOAL:,} events/s.\n")


def _tried(name: str, turn: Callable[[], Turn]) -> list[Turn]:
    """Return a turn, or none when the worker ended: that is said, and the others go on."""
    try:
        done = turn()
    except running.Failed as failed:
        print(f"{name}: {failed}\n")
        return []
    print(f"{name}: {done.rate:,.0f}/s", file=sys.stderr)
    return [done]


def _middle(turns: list[Turn]) -> Turn:
    return Turn(*(statistics.median(figures) for figures in zip(*turns, strict=True)))


def cost(scratch: Path, sizes: list[int], events: int) -> None:
    """Print what an event costs with more and more customers."""
    print("## Cost of an event, two facts of every customer judged before\n")
    print("| customers | events measured | events/s | µs CPU each | MB |\n|---:|---:|---:|---:|---:|")
    for customers in sizes:
        before, measured = 2 * customers, min(events, 2 * customers)
        with broker(scratch) as address:
            mix.make_topics(address, mix.event_topics(), stamps="CreateTime")
            mix.publish(address, mix.month(customers, before + measured))
            wanted = before + measured
            turns = _tried(f"{customers:,}", partial(our_turn, scratch, address, wanted, before))
        for turn in turns:
            print(f"| {customers:,} | {measured:,} | {turn.rate:,.0f} | {turn.cpu:.1f} | {turn.memory:.0f} |")
    print()


def deadlines(scratch: Path, sizes: list[int], due: int) -> None:
    """Print how long after its deadline an edge is in the log, one by one and many at once."""
    print(
        f"## From a deadline to its edge in the log; {due} fall due one by one, then {due} at one instant\n"
    )
    head = (
        "| open | p50 ms | p99 ms | edges | at one instant: last after ms | µs CPU each | idle % of a core |"
    )
    print(f"{head}\n|---:|---:|---:|---:|---:|---:|---:|")
    for number in sizes:
        with broker(scratch) as address:
            mix.make_topics(address, [*mix.event_topics(), ALERTS], stamps="LogAppendTime")
            print(_deadlines(scratch, address, number, due))
    print()


def _deadlines(scratch: Path, address: str, number: int, due: int) -> str:
    far = datetime.now(UTC) + timedelta(days=60)
    mix.publish(address, (mix.promise(n, f"C{n}", far) for n in range(number)))
    with ours(scratch, address) as (child, port):
        _until(child, lambda: running.figure_at(port, "klantbus_streams_facts_total") >= number)
        idle = _cpu_during(child.pid, 5.0)
        begin = datetime.now(UTC) + timedelta(seconds=6 + due / 200)
        burst = begin + timedelta(seconds=15)
        moments = [*(begin + timedelta(seconds=10 * n / due) for n in range(due)), *[burst] * due]
        late_ones = (mix.promise(number + n, f"D{n}", moment) for n, moment in enumerate(moments))
        mix.publish(address, late_ones)
        _until(child, lambda: datetime.now(UTC) > burst - timedelta(seconds=1))
        before, since = running.cpu_of(child.pid), time.monotonic()
        one, many = _edges(address, 2 * due, micros(burst))
        spent = running.cpu_of(child.pid) - before - idle * (time.monotonic() - since)
    cells = [f"{_part(one, 0.5):.0f}", f"{_part(one, 0.99):.0f}", f"{len(one) + len(many)} of {2 * due}"]
    cells += [f"{_part(many, 1):.0f}", f"{1e6 * max(spent, 0) / due:.0f}", f"{100 * idle:.1f}"]
    return f"| {number:,} | {' | '.join(cells)} |"


def _part(late: list[float], share: float) -> float:
    """Return the quantile; not a number when there is nothing."""
    return sorted(late)[min(len(late) - 1, int(len(late) * share))] if late else float("nan")


def _cpu_during(pid: int, seconds: float) -> float:
    """Return the share of a core that a process uses for a while."""
    before = running.cpu_of(pid)
    time.sleep(seconds)
    return (running.cpu_of(pid) - before) / seconds


def _edges(address: str, wanted: int, burst: int) -> tuple[list[float], list[float]]:
    """Return by how many ms edges came after their deadlines: single ones, and those at `burst` (µs)."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "edges", "auto.offset.reset": "earliest"})
    consumer.subscribe([ALERTS])
    late: tuple[list[float], list[float]] = ([], [])
    end = time.monotonic() + 60
    while sum(map(len, late)) < wanted and time.monotonic() < end:
        for message in consumer.consume(1000, 0.2):
            said = decode(message.value()).data
            if isinstance(said, AlertRaised) and said.kind == "promise.overdue":
                at = micros(said.at)
                late[at > burst - 1_000_000].append(message.timestamp()[1] - at / 1e3)
    consumer.close()
    return late


def _until(child: running.Child, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + running.LIMIT
    while not holds():
        if time.monotonic() > end or child.poll() is not None:
            raise running.Failed("it did not become so in time")
        time.sleep(running.LOOK)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--events", type=int, default=100_000, help="0 leaves the first table out")
    options.add_argument("--customers", type=int, default=20_000)
    options.add_argument("--sizes", type=_numbers, default=[10_000, 100_000], help="0 leaves the table out")
    options.add_argument("--open", type=_numbers, default=[10_000, 100_000], help="0 leaves the table out")
    options.add_argument("--due", type=int, default=1_000)
    given = options.parse_args()
    print(f"# Streams; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        write_schemas(scratch)
        if given.events:
            speed(scratch, given.events, given.customers)
        if given.sizes:
            cost(scratch, given.sizes, given.events or 100_000)
        if given.open:
            deadlines(scratch, given.open, given.due)
    print(f"Load at the end: {os.getloadavg()[0]:.1f}.")


def _numbers(text: str) -> list[int]:
    return [number for part in text.split(",") if (number := int(part))]


if __name__ == "__main__":
    main()
