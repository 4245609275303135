"""From topic to queryable rows on a real Kafka, beside peers on the same broker in one run.

    .venv/bin/python bench/read_models_peers.py [--events 1000000] [--customers 20000] [--rounds 3]

Ours makes every read model, in two files, with repeats, corrections and position; the peers land one table
(peers/landing.py), which is less work by far: one by hand also lands every table (peers/land_all_by_hand.py).
A process is measured from outside, from its first batch in to its last; starting counts for nobody. Ours and
that last one take 250,000 at once, so give them a million. The peers run in .venv-peers (`make peers`).
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent / "peers"))

import mix
import running
from streams_peers import BENCH, PEERS, broker, peer_turn, write_schemas

OURS = "klantbus, every read model"
HAND = "by hand: librdkafka, our row reader, Arrow, SQL; one table"
HAND_ALL = "by hand: the same, every table by our SQL; no repeats, corrections, second file"
BY_US = {OURS: "land_ours.py", HAND: "land_by_hand.py", HAND_ALL: "land_all_by_hand.py"}
BY_PEERS = {
    "SQLFlow's way, its former Python engine by hand": "land_sqlflow.py",
    "Bytewax into DuckDB": "land_bytewax.py",
    "Quix Streams into DuckDB": "land_quix.py",
}
GOAL, SHARE = 170_000, 0.7


def main() -> None:
    say = argparse.ArgumentParser(description=__doc__)
    say.add_argument("--events", type=int, default=1_000_000)
    say.add_argument("--customers", type=int, default=20_000)
    say.add_argument("--rounds", type=int, default=3)
    wish = say.parse_args()
    compiled = os.environ.get("PYTHONPATH", "")  # decides which bus is measured, ours and by hand alike
    os.environ["PYTHONPATH"] = f"{compiled}:{BENCH.parent}:{BENCH / 'peers'}".lstrip(":")
    print(f"Load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        write_schemas(scratch)
        measure(scratch, wish.events, wish.customers, wish.rounds)


def measure(scratch: Path, events: int, customers: int, rounds: int) -> None:
    scripts = {name: (sys.executable, script) for name, script in BY_US.items()}
    if PEERS.exists():
        scripts |= {name: (str(PEERS), script) for name, script in BY_PEERS.items()}
    turns: dict[str, list[running.Turn]] = {name: [] for name in scripts}
    with broker(scratch) as address:
        mix.make_topics(address, [*mix.event_topics(), mix.EVERYTHING], stamps="CreateTime")
        mix.publish(address, mix.month(customers, events), mix.EVERYTHING)
        for _ in range(rounds):
            for name, (python, script) in scripts.items():
                turns[name] += tried(scratch, address, events, name, [python, str(BENCH / "peers" / script)])
    table(turns, events)


def tried(scratch: Path, address: str, events: int, name: str, words: list[str]) -> list[running.Turn]:
    try:
        return [peer_turn(scratch, address, events, words)]
    except running.Failed as failed:
        print(f"{name}: {failed}\n")
        return []


def table(turns: dict[str, list[running.Turn]], events: int) -> None:
    head = "| pipeline | events/s | of that by hand | of every table by hand | µs CPU | MB |"
    print(f"{events:,} events\n\n{head}\n|---|---:|---:|---:|---:|---:|")
    middle = {name: statistics.median(turn.rate for turn in some) for name, some in turns.items() if some}
    for name, rate in middle.items():
        memory = statistics.median(turn.memory for turn in turns[name])
        cpu = statistics.median(turn.cpu for turn in turns[name])
        shares = f"{rate / middle.get(HAND, rate):.0%} | {rate / middle.get(HAND_ALL, rate):.0%}"
        print(f"| {name} | {rate:,.0f} | {shares} | {cpu:.1f} | {memory:,.0f} |")
    print(f"\nGoals: {GOAL:,} events/s and {SHARE:.0%} of that by hand.")


if __name__ == "__main__":
    main()
