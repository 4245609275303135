"""The batch transport on the real Kafka: workers are killed, come and go; nothing is lost."""

import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from pathlib import Path

import pytest
from waiting import until_it

from klantbus.bus.open import open_log
from klantbus.bus.ports import Lane, Positions, Record, TopicSpec

WORKER = Path(__file__).with_name("noting_worker.py")
WHOLE = re.compile(r"^(\S+) (\d+) (\d+)\.$", re.MULTILINE)
"""A note; a kill may leave half a one."""
CYCLES = int(os.environ.get("KLANTBUS_CYCLES", "6"))
pytestmark = [pytest.mark.kafka, pytest.mark.asyncio]


class Workers:
    """Real worker processes by name, to be started, killed and stopped."""

    def __init__(self, bootstrap: str, group: str, topic: str, folder: Path) -> None:
        self.words = [bootstrap, group, topic, str(folder)]
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.folder = folder

    def start(self, name: str) -> None:
        bootstrap, group, topic, folder = self.words
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, WORKER, bootstrap, group, name, topic, folder], stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> float:
        began = time.monotonic()
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)  # one that was told to stop while it was still being started never got so far
        assert code in (0, -signal.SIGTERM), (self.folder / f"{name}.log").read_text()
        return time.monotonic() - began

    def noted(self) -> dict[Lane, set[int]]:
        found: dict[Lane, set[int]] = defaultdict(set)
        for notes in self.folder.glob("*.notes"):
            for topic, partition, offset in WHOLE.findall(notes.read_text()):
                found[Lane(topic, int(partition))].add(int(offset))
        return found


@pytest.fixture
def workers(kafka_bootstrap, tmp_path):
    mark = uuid.uuid4().hex[:8]
    made = Workers(kafka_bootstrap, f"g-{mark}", f"t-{mark}", tmp_path)
    yield made
    for name in list(made.running):
        made.kill(name)
    for log in sorted(tmp_path.glob("*.log")):
        sys.stdout.write(f"{log.name}: {log.read_text()[-3_000:]}\n")  # pytest shows it when a test fails


def missing(noted: dict[Lane, set[int]], upto: Positions) -> int:
    return sum(len(set(range(position)) - noted[lane]) for lane, position in upto.items())


@pytest.mark.slow
@pytest.mark.timeout(600 + 30 * CYCLES)
async def test_workers_killed_again_and_again_lose_no_record_and_commit_none_too_early(workers):
    bootstrap, group, topic, _ = workers.words
    log = await open_log(f"kafka://{bootstrap}")
    await log.create([TopicSpec(topic)])
    publisher = await log.publisher()
    await publisher.publish([Record(topic, b"C0", b"the first")])
    follower = await log.follower([topic], group=group)
    dice = random.Random(7)  # noqa: S311  seeded, no secret
    workers.start("a")
    workers.start("b")
    for cycle in range(CYCLES):
        await publisher.publish([Record(topic, f"C{n}".encode(), b"x" * 100) for n in range(2_000)])
        seen = sum(map(len, workers.noted().values()))
        target = seen + dice.randrange(100, 1_900)

        async def moving(target: int = target) -> bool:
            return sum(map(len, workers.noted().values())) >= target

        await until_it(moving, seconds=40)
        name = dice.choice(sorted(workers.running))
        if cycle % 3 == 2:
            workers.stop(name)
        else:
            workers.kill(name)
        kept = await follower.kept()  # asked for first: the other worker goes on noting
        assert missing(workers.noted(), kept) == 0, "a position was kept before its work"
        workers.start(name)
    ends = await follower.ends()

    async def all_there() -> bool:
        return missing(workers.noted(), ends) == 0

    await until_it(all_there, seconds=40)
    assert max(workers.stop(name) for name in list(workers.running)) < 5.0
    assert missing(workers.noted(), await follower.kept()) == 0
    await log.close()
