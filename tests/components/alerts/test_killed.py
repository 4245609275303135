"""The alerter killed before, during and after its sends, against receivers in every mood.

What is shown: nobody misses a break, nothing is decided twice (one key for one alert at one address), and a
kill makes at most one message come twice, under the same key. A receiver that keeps a message and drops the
line makes it come twice as well; that is its doing, and is not counted.
"""

import os
import random
import re
import subprocess
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress

import pytest
from components.alerts.receivers import Behaviour, Receiver, Taken, mail_receiver, web_receiver
from components.alerts.town import Town, broken

from alerts.deliveries import Deliveries
from alerts.ledger import Ledger
from klantbus.bus.clock import steady
from klantbus.domain.events import Fact

CYCLES = int(os.environ.get("KLANTBUS_CYCLES", "20"))
BREAKS = 4
MOODS = ("ok", "500", "ok", "drop", "ok", "429", "ok", "hang", "ok", "400", "ok", "ok")
PATIENCE = 30.0


class Killer:
    """Kills the alerter at the n-th message from now, before its answer or after it; or at any moment."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311  seeded, so that a failure can be repeated
        self.victim = None
        self.left = -1
        self.kills = 0
        self.lock = threading.Lock()

    def aim(self, victim) -> str:
        self.victim = victim
        self.left = self.dice.randint(0, 2)
        return self.dice.choice(("before", "after", "whenever"))

    def strike(self) -> None:
        with self.lock:
            self.left -= 1
            if self.left >= 0 or self.victim is None:
                return
            self.victim.kill()
            self.victim = None
            self.kills += 1


def _named(taken: Taken) -> set[str]:
    return set(re.findall(r"customer C1, (p\d+)\b", taken.body.decode().replace("=\r\n", "")))


def _keys(taken: Iterable[Taken]) -> dict[tuple[str, str], set[str]]:
    """Return per place and promise the keys under which it was told."""
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in taken:
        for promise in _named(one):
            keys[one.headers.get("To", one.path), promise].add(one.key)
    return keys


def _wait_until_done(town: Town) -> None:
    limit = steady() + PATIENCE
    while True:
        ledger = Ledger.read(town.folder / "alerts.sqlite")
        left = Deliveries(ledger.connection).next_tries()
        known = len(ledger.every_alert(100_000))
        ledger.close()
        if not left and known == town.told:
            return
        assert steady() < limit, f"still to do: {len(left)}, known {known} of {town.told}"


@pytest.mark.slow
async def test_no_kill_loses_a_break_or_tells_one_twice(tmp_path):
    killer = Killer(seed=7)
    with (
        web_receiver(Behaviour(MOODS, endless=True)) as web,
        mail_receiver(Behaviour(MOODS, endless=True)) as mail,
    ):
        town = Town(tmp_path, web, mail)
        for cycle in range(CYCLES):
            numbers = range(cycle * BREAKS, (cycle + 1) * BREAKS)
            await town.publish(*(_broken(number) for number in numbers))
            _let_it_be_killed(town, killer, (web, mail))
        for receiver in (web, mail):
            receiver.before = receiver.after = lambda: None
            receiver.behaviour.calm()
        with town.alerter():
            _wait_until_done(town)
    names = [f"p{number}" for number in range(CYCLES * BREAKS)]
    _check(web, {"/logistics-head": set(names[::2]), "/sales-head": set(names[1::2])})
    _check(mail, {"sales@company.example": set(names)})
    assert killer.kills == CYCLES
    assert _repeats(web) + _repeats(mail) <= killer.kills


def _broken(number: int) -> Fact:
    return broken(f"p{number}", f"A{number}", ("logistics", "sales")[number % 2])


def _let_it_be_killed(town: Town, killer: Killer, receivers: tuple[Receiver, ...]) -> None:
    with town.alerter(quietly=True) as victim:
        moment = killer.aim(victim)
        for receiver in receivers:
            receiver.before = killer.strike if moment == "before" else lambda: None
            receiver.after = killer.strike if moment == "after" else lambda: None
        _wait_for_death(victim, killer.dice.random() * 2 if moment == "whenever" else 4.0)
        killer.left = 0
        killer.strike()
        victim.wait(PATIENCE)


def _wait_for_death(victim, seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        victim.wait(seconds)


def _check(receiver: Receiver, audience: dict[str, set[str]]) -> None:
    taken = list(receiver.taken)
    heard = _keys(one for one in taken if one.done in {"ok", "drop", "400"})
    for place, promises in audience.items():
        missed = promises - {promise for at, promise in heard if at == place}
        assert not missed, f"{place} never heard of {sorted(missed)}"
    twice = {about: keys for about, keys in _keys(taken).items() if len(keys) > 1}
    assert not twice, f"decided twice: {twice}"


def _repeats(receiver: Receiver) -> int:
    yes = Counter(one.key for one in receiver.taken if one.done == "ok")
    return sum(count - 1 for count in yes.values())
