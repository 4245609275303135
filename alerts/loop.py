"""The alerter's loop: read what the log brings, decide, hand over, beat; wake at the next instant or edge.

All decisions are `plan`'s. What is read and decided is written down together with the position it came from,
so the loop can be killed anywhere.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from alerts.channels.port import Channel
from alerts.company import Company
from alerts.deliveries import Deliveries
from alerts.delivery import PAUSES, Pauses
from alerts.digest import Day, digests, due_today, next_digest
from alerts.heartbeat import Heartbeat, beat
from alerts.intake import take_in
from alerts.ledger import Ledger
from alerts.messages.compose import Writer
from alerts.model import Alert, Send
from alerts.plan import Plan, plan
from alerts.policy import Policy
from alerts.reading import escalation, read
from alerts.sending import Sender
from alerts.tray import Tray
from alerts.words import Level
from klantbus.bus.errors import LogUnavailable
from klantbus.bus.intake import Facts
from klantbus.bus.ports import Positions, Publisher
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS

log = logging.getLogger(__name__)

READ_AT_ONCE = 5_000
MOVE_AFTER = timedelta(seconds=10)
"""So long a position alone is not written down; reading up to it again is harmless."""

TIDY_EVERY = timedelta(days=1)
BEAT_EVERY = timedelta(seconds=1)
REST = 1.0
"""Seconds that the loop waits at most, so that its heart beats."""


class Source(Protocol):
    """Where facts come from: `klantbus.bus.intake.Intake`."""

    async def batch(self, *, limit: int, wait: float) -> Facts:
        """Return facts and the positions after them; none when nothing came in `wait` seconds."""
        ...


@dataclass(frozen=True)
class Setting:
    """What an alerter works with. `heart` is the file it beats in; `secrets` are addresses by name."""

    company: Company
    policy: Policy
    board: str
    clock: Callable[[], datetime]
    heart: Path | None = None
    pauses: Pauses = PAUSES
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def writer(self) -> Writer:
        """Return who writes the letters."""
        return Writer(self.company, self.policy, self.board)


class Alerter:
    """Reads edges and answers from `source`, keeps `ledger`, tells people through `channels`.

    With a `publisher` the bus hears which alerts went up the ladder.
    """

    def __init__(
        self,
        ledger: Ledger,
        source: Source,
        channels: Mapping[str, Channel],
        setting: Setting,
        publisher: Publisher | None = None,
    ) -> None:
        self._publisher = publisher
        self._ledger = ledger
        self._source = source
        self._setting = setting
        self._deliveries = Deliveries(ledger.connection)
        self._sender = Sender(self._deliveries, channels, setting.clock, setting.secrets, setting.pauses)
        self._read = dict(ledger.positions())
        self._moved = setting.clock()
        self._beaten: datetime | None = None
        self._tidied: datetime | None = None

    async def run(self, stop: asyncio.Event, ends: Positions) -> None:
        """Go round until `stop`. Nothing is decided before everything up to `ends` is read (N10, N11)."""
        try:
            await self._catch_up(stop, ends)
            while not stop.is_set():
                self.go_round()
                self.tidy()
                await self._state_or_bear_it()
                await self._read_or_bear_it(stop, self._patience())
        finally:
            await self._sender.stop()

    def go_round(self) -> None:
        """Decide what is due now, and set the senders going."""
        self.decide()
        self._sender.start()

    async def hand_over(self) -> None:
        """Hand over everything that is to be tried now, and wait for it."""
        await self._sender.finish()

    async def read_more(self, wait: float) -> None:
        """Read and keep what the log has, waiting up to `wait` seconds for the first of it."""
        while await self.read_some(wait):
            wait = 0.0

    async def read_some(self, wait: float) -> bool:
        """Read and keep one batch, waiting up to `wait` seconds for it; return whether the log has more."""
        facts = await self._source.batch(limit=READ_AT_ONCE, wait=wait)
        self._keep(facts)
        return len(facts.arrivals) >= READ_AT_ONCE

    def decide(self) -> Sequence[Send]:
        """Decide what is due now and write it down; return the messages."""
        now = self._setting.clock()
        due = self._ledger.due(now)
        days = due_today(self._setting.company, self._ledger.digested(), now, self._setting.policy.group_wait)
        if not due and not days:
            return ()
        standing = self._ledger.standing(due, self._setting.policy)
        made = plan(due, standing, self._setting.company, self._setting.policy, now)
        with self._ledger.together():
            self._keep_plan(made, now)
            daily = self._keep_daily(days, made, now)
        return (*made.sends, *daily)

    def _keep_daily(self, days: Sequence[Day], made: Plan, now: datetime) -> Sequence[Send]:
        """Keep the digests of `days`; after an outage the catch-up digest stands in for late ones."""
        if not days:
            return ()
        for day in days:
            self._ledger.set_digested(day.department, day.day)
        if any(send.level is Level.CATCH_UP for send in made.sends):
            latest = now - self._setting.policy.catch_up_after
            days = [day for day in days if day.opened + self._setting.policy.group_wait >= latest]
        standing = {alert.id: alert for alert in self._ledger.open_alerts()}
        daily = digests(days, tuple(standing.values()), self._setting.company)
        self._keep_sends(daily, standing, now)
        return daily

    def tidy(self) -> None:
        """Forget, once a day, what was over so long ago that nobody asks for it."""
        now = self._setting.clock()
        if self._tidied and now - self._tidied < TIDY_EVERY:
            return
        self._tidied = now
        forgotten = self._ledger.forget(now - self._setting.policy.keep)
        log.info("forgot %d alerts that were over long ago", forgotten)

    def next_instant(self) -> datetime | None:
        """Return when something is to be done next, if nothing new comes in."""
        moments = (
            self._ledger.next_look(),
            self._sender.next_try(),
            next_digest(self._setting.company, self._setting.clock(), self._setting.policy.group_wait),
        )
        return min((moment for moment in moments if moment), default=None)

    async def _catch_up(self, stop: asyncio.Event, ends: Positions) -> None:
        while not stop.is_set() and not _has_reached(self._read, ends):
            await self._read_or_bear_it(stop, REST)

    async def _state_or_bear_it(self) -> None:
        """Tell the bus which alerts went up; what it did not take is told again, under the same ids."""
        if self._publisher is None:
            return
        try:
            while facts := self._ledger.unstated(READ_AT_ONCE):
                await self._publisher.publish([record_of(fact, ALERTS) for fact in facts])
                self._ledger.stated(facts)
        except LogUnavailable as error:
            log.warning("the log is away; what went up is told later: %s", error)

    async def _read_or_bear_it(self, stop: asyncio.Event, wait: float) -> None:
        """Read, and beat: whoever cannot read must be noticed too. While the log is away, telling goes on."""
        try:
            while await self.read_some(wait) and not stop.is_set():
                self._beat()
                wait = 0.0
        except LogUnavailable as error:
            log.warning("the log is away, and is asked again: %s", error)
            await asyncio.sleep(REST)
            return
        self._beat()

    def _keep(self, facts: Facts) -> None:
        """Write down what was said together with its position; a position alone can wait."""
        said = [one for one in (read(arrival.fact) for arrival in facts.arrivals) if one]
        self._read.update(facts.positions)
        now = self._setting.clock()
        if not said and now - self._moved < MOVE_AFTER:
            return
        self._moved = now
        with self._ledger.together():
            self._ledger.begin(now)
            tray = Tray(self._ledger, said)
            new = take_in(said, tray, self._setting.policy)
            tray.put_back()
            self._ledger.move(self._read)
        if said:
            log.info("read %d facts, %d of them new", len(said), new)

    def _keep_plan(self, made: Plan, now: datetime) -> None:
        stands = {alert.id: alert for alert in made.alerts}
        self._ledger.put_all((alert, made.looks[alert.id]) for alert in made.alerts)
        for rise in made.rises:
            self._ledger.leave(escalation(rise, stands[rise.alert], now))
        self._keep_sends(made.sends, stands, now)

    def _keep_sends(self, sends: Sequence[Send], stands: Mapping[str, Alert], now: datetime) -> None:
        writer = self._setting.writer
        for send in sends:
            letter = writer.write(send, [stands[name] for name in send.alerts])
            self._deliveries.decide(send, letter, now)

    def _patience(self) -> float:
        instant = self.next_instant()
        if instant is None:
            return REST
        return min(REST, max(0.0, (instant - self._setting.clock()).total_seconds()))

    def _beat(self) -> None:
        now = self._setting.clock()
        if self._setting.heart is None or (self._beaten and now - self._beaten < BEAT_EVERY):
            return
        self._beaten = now
        counts = self._ledger.counts()
        waiting, gone = self._deliveries.count_undelivered(), len(self._deliveries.gone())
        beat(self._setting.heart, Heartbeat(now, counts["open"], counts["held"], waiting, gone))


def _has_reached(positions: Positions, ends: Positions) -> bool:
    return all(positions.get(lane, 0) >= offset for lane, offset in ends.items())
