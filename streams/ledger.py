"""What was fetched, what is being worked on and what is done, per lane: the one thing that decides a commit.

Faust's own acknowledgements drop what was acked and not yet committed when a partition is revoked, and ack
what they skip. This ledger is plain arithmetic instead: a lane's records are *fetched* in order, *taken* in
order, and *done* up to a position, which only work that came to its end moves. An epoch number voids what
was fetched before the last seek or revoke.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from klantbus.bus.errors import Misuse
from klantbus.bus.ports import Lane, Positions, Stored


class Handed(NamedTuple):
    """One lane's records as they were fetched: `after` is the position before them, `next` the one behind."""

    epoch: int
    lane: Lane
    after: int
    next: int
    records: Sequence[Stored]


class BatchLost(Misuse):
    """A batch never arrived: the worker must end, so that it starts again where it was."""

    def __init__(self, lane: Lane, expected: int, came: int) -> None:
        super().__init__(
            f"{lane.topic}/{lane.partition}: a batch after {expected} was due, one after {came} came"
        )


@dataclass(slots=True)
class Account:
    """The three positions of a lane, each the next offset: `done` ≤ `taken` ≤ `fetched`.

    Where reading began counts as done, but is no news for the group before it was said to be done: what time
    brought about up to there may still have to be published.
    """

    fetched: int
    taken: int
    done: int
    kept: int
    sure: bool = False


class Ledger:
    """Accounts per lane of one assignment. `bound` limits the records that are fetched and not yet done.

    Topics in `always` know no bound: what comes through them is needed before anything can be done. Nor do
    lanes in `hungry`: with what was fetched of them nothing can be done.
    """

    def __init__(self, bound: int, always: frozenset[str] = frozenset()) -> None:
        self._always = always
        self.epoch = 0
        self.bound = bound
        self.hungry: frozenset[Lane] = frozenset()
        self._accounts: dict[Lane, Account] = {}

    def begin(self, starts: Positions) -> int:
        """Open accounts at `starts`; whatever was fetched before is void. Return the new epoch."""
        self.epoch += 1
        self._accounts = {lane: Account(at, at, at, -1) for lane, at in starts.items()}
        return self.epoch

    def close(self) -> None:
        """Void everything: the lanes belong to somebody else now."""
        self.begin({})

    def fetch(self, lane: Lane, records: Sequence[Stored]) -> Handed | None:
        """Note that `records` of `lane` were fetched; None when the lane is not ours (any more)."""
        account = self._accounts.get(lane)
        if account is None or not records:
            return None
        after, account.fetched = account.fetched, records[-1].offset + 1
        return Handed(self.epoch, lane, after, account.fetched, records)

    def take(self, handed: Handed) -> bool:
        """Note that work on `handed` begins; False when it is void. Raises `BatchLost` on a hole."""
        if handed.epoch != self.epoch:
            return False
        account = self._accounts[handed.lane]
        if handed.after != account.taken:
            raise BatchLost(handed.lane, account.taken, handed.after)
        account.taken = handed.next
        return True

    def done(self, epoch: int, positions: Positions) -> bool:
        """Note that all before `positions` is done; False (and nothing noted) when `epoch` is over."""
        if epoch != self.epoch:
            return False
        for lane, position in positions.items():
            account = self._accounts[lane]
            if position > account.taken:
                raise BatchLost(lane, account.taken, position)
            account.done = max(account.done, position)
            account.sure = True
        return True

    def room(self, lanes: Iterable[Lane]) -> dict[Lane, int]:
        """Return those of `lanes` for which more may be fetched, and from where.

        The bound is shared out, so that a lane which runs ahead never keeps out the one that is waited for.
        """
        share = max(self.bound // max(len(self._accounts), 1), 100)
        return {
            lane: account.fetched
            for lane in lanes
            if (account := self._accounts.get(lane))
            and (account.fetched - account.done < share or lane.topic in self._always or lane in self.hungry)
        }

    def at_end(self, ends: Mapping[Lane, int]) -> list[Lane]:
        """Return the lanes of which everything up to `ends` was taken."""
        return [
            lane
            for lane, end in ends.items()
            if (account := self._accounts.get(lane)) and account.taken >= end
        ]

    def lag(self, ends: Mapping[Lane, int]) -> int:
        """Return how many records up to `ends` are not done."""
        return sum(
            max(end - account.done, 0) for lane, end in ends.items() if (account := self._accounts.get(lane))
        )

    def pending(self) -> int:
        """Return how many records were fetched and are not done."""
        return sum(
            account.fetched - account.done
            for lane, account in self._accounts.items()
            if lane.topic not in self._always
        )

    def lanes(self) -> list[Lane]:
        """Return the lanes that have an account."""
        return list(self._accounts)

    def committable(self) -> dict[Lane, int]:
        """Return the done positions that were not yet `kept`."""
        return {lane: a.done for lane, a in self._accounts.items() if a.sure and a.done > a.kept}

    def kept(self, epoch: int, positions: Positions) -> None:
        """Note that `positions` were committed."""
        if epoch != self.epoch:
            return
        for lane, position in positions.items():
            self._accounts[lane].kept = position
