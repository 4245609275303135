"""The rates that SQL gives are those of the pure measures (RULES 9) over the same promises."""

import random
from dataclasses import asdict

from read_side import at

from klantbus.domain.events import PromiseKind, PromiseState
from klantbus.domain.measures import PromiseRow, by, first_word_rate, kept_rate
from klantbus.domain.micros import HOUR, micros, moment

STATES = [state for state in PromiseState if state not in {PromiseState.UNKNOWN, PromiseState.GONE}]
GROUP = ("role", "department", "month")
RATES = ("n", "kept_rate_agreed", "kept_rate_first_word")
INSTANTS = ("due", "original_due", "requested_due", "done_at")


def some_promise(number: int, dice: random.Random) -> PromiseRow:
    """A promise in any state, with any of its moments known or not."""
    due = micros(at(28)) + dice.randrange(100) * HOUR  # around the end of a month, by local time

    def around() -> int | None:
        return due + dice.randint(-30, 30) * HOUR if dice.random() < 0.8 else None

    return PromiseRow(
        f"p{number}",
        dice.choice(["sales", "service"]),
        dice.choice(["sales", "logistics"]),
        dice.choice([PromiseKind.DELIVERY, PromiseKind.CALLBACK, PromiseKind.PAYMENT]),
        dice.choice(STATES),
        consent=dice.random() < 0.5,
        due=due,
        original_due=around(),
        requested_due=around(),
        done_at=around(),
    )


def measured(rows: list[PromiseRow], months: dict[str, object], role: str) -> dict[tuple, tuple]:
    """What the pure measures say per department and month, where there is anything to say."""
    groups = by(rows, lambda row: (role, getattr(row, role), months[row.promise_id]))
    shares = {group: (kept_rate(some), first_word_rate(some)) for group, some in groups.items()}
    return {
        group: (kept.n, round(kept.share, 4), round(first.share, 4))
        for group, (kept, first) in shares.items()
        if kept.n
    }


def test_rates_per_department_and_month_are_those_of_the_pure_measures(house, answers):
    dice = random.Random(5)  # noqa: S311  a seed, no secret
    rows = [some_promise(number, dice) for number in range(400)]
    for row in rows:
        said = asdict(row) | {name: getattr(row, name) and moment(getattr(row, name)) for name in INSTANTS}
        fields = {name: said[name] for name in ("made_by", "performer", "kind", "consent", *INSTANTS)}
        house.judges(row.promise_id, row.state, at(31), **fields)
    found = {
        tuple(row[name] for name in GROUP): tuple(row[name] for name in RATES)
        for row in answers("FROM kept_rate")
    }
    months = {
        row["promise_id"]: row["month"]
        for row in answers("SELECT promise_id, local_month(due) AS month FROM promise")
    }
    assert found == measured(rows, months, "made_by") | measured(rows, months, "performer")
    assert len({month for *_, month in found}) == 2
