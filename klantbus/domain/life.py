"""The life of a promise as a table (RULES 5), and its drawing for the documentation.

What a row says stands in `MEANING`, which the documentation shows as well.
"""

from typing import NamedTuple

from klantbus.domain.events import PromiseState
from klantbus.domain.promise import OPEN

S = PromiseState
State = PromiseState | None
"""None is before the promise was made."""

MEANING = """\
A row says: from these states, by this trigger, to these states. The target is what `promise.state_at` finds
once the fact is known, so a step told late may land further on: a promise told after its grace is broken at
once, a new date that is itself near is at risk. A correction, retraction, link or merge, and a fact out of
the order of the world, makes the promise be judged anew: that may lead anywhere and is not drawn.
"""
TIME = "time"
RUNNING = (S.MADE, S.ACCEPTED, S.AT_RISK, S.OVERDUE, S.BROKEN)
"""The clock runs."""
DONE = (S.KEPT, S.KEPT_LATE)
UNENDED = (*OPEN, S.DECLINED)


class Row(NamedTuple):
    """From any of `sources`, by `trigger`, to any of `targets`; `note` names what happens."""

    sources: tuple[State, ...]
    trigger: str
    targets: tuple[PromiseState, ...]
    note: str


TABLE: tuple[Row, ...] = (
    Row((None,), "promise.made", (*RUNNING, S.CONDITIONAL, S.EXPIRED), "made"),
    Row(
        (None,), "promise.made", (S.PAUSED, S.DECLINED, *DONE), "made; what was told before it counts at once"
    ),
    Row(
        (None,),
        "promise.made",
        (S.CANCELLED, S.RELEASED, S.PARTIALLY_KEPT),
        "made; its end was told before it",
    ),
    Row((S.MADE, S.ACCEPTED), TIME, (S.AT_RISK,), "W, or a hand-off is late"),
    Row((S.MADE, S.ACCEPTED, S.AT_RISK), TIME, (S.OVERDUE,), "D passes"),
    Row((S.OVERDUE,), TIME, (S.BROKEN,), "G passes"),
    Row((S.CONDITIONAL,), TIME, (S.EXPIRED,), "must be met by"),
    Row((S.CONDITIONAL, S.EXPIRED), "promise.condition_met", (*RUNNING, S.PAUSED), "the clock starts"),
    Row((S.MADE, S.AT_RISK), "promise.accepted", (S.ACCEPTED, S.AT_RISK), "taken on"),
    Row(
        (S.DECLINED,),
        "promise.accepted",
        (*RUNNING, S.PAUSED, S.CONDITIONAL, S.EXPIRED),
        "taken on after all",
    ),
    Row(
        (S.MADE, S.ACCEPTED),
        "promise.declined",
        (S.AT_RISK,),
        "declined to a department, binds the customer's",
    ),
    Row((*OPEN, S.EXPIRED), "promise.declined", (S.DECLINED,), "a hand-off declined"),
    Row((S.MADE, S.ACCEPTED), "promise.risk_reported", (S.AT_RISK,), "a risk reported"),
    Row(
        (S.MADE, S.ACCEPTED, S.AT_RISK), "delivery.planned", (S.MADE, S.ACCEPTED, S.AT_RISK), "plan against D"
    ),
    Row(
        (S.MADE, S.ACCEPTED, S.AT_RISK),
        "delivery.dispatched",
        (S.MADE, S.ACCEPTED, S.AT_RISK),
        "eta against D",
    ),
    Row(
        (S.MADE, S.ACCEPTED, S.AT_RISK), "delivery.failed", (S.MADE, S.ACCEPTED, S.AT_RISK), "the plan is off"
    ),
    Row(
        (*RUNNING, S.DECLINED),
        "promise.rescheduled",
        (*RUNNING, S.PAUSED, S.CONDITIONAL),
        "moved with consent",
    ),
    Row(RUNNING, "promise.paused", (S.PAUSED,), "the clock stands still"),
    Row((S.PAUSED,), "promise.resumed", RUNNING, "D has moved by the pause"),
    Row(UNENDED, "evidence", DONE, "complete evidence, by its own time"),
    Row(DONE, "delivery.returned", (*UNENDED, S.EXPIRED), "faulty goods come back"),
    Row(DONE, "delivery.returned", (S.CANCELLED, S.RELEASED, S.PARTIALLY_KEPT), "back after it was ended"),
    Row(DONE, "invoice.credited", (*UNENDED, S.EXPIRED), "the invoice that kept a price is taken back"),
    Row(
        DONE, "invoice.credited", (S.CANCELLED, S.RELEASED, S.PARTIALLY_KEPT), "taken back after it was ended"
    ),
    Row((*UNENDED, S.EXPIRED), "promise.cancelled", (S.CANCELLED,), "withdrawn by us"),
    Row((*UNENDED, S.EXPIRED), "promise.released", (S.RELEASED,), "waived by the customer"),
    Row((*UNENDED, S.EXPIRED), "promise.closed_short", (S.PARTIALLY_KEPT,), "closed with less"),
    Row((*UNENDED, S.EXPIRED), "promise.made", (S.CANCELLED,), "replaced by another promise"),
    Row(
        (S.MADE, S.ACCEPTED, S.AT_RISK),
        "hand-off",
        (S.MADE, S.ACCEPTED, S.AT_RISK),
        "a hand-off is late, or recovers",
    ),
)

EVIDENCE = frozenset(
    {
        "contact.logged",
        "delivery.planned",
        "delivery.dispatched",
        "delivery.completed",
        "delivery.failed",
        "delivery.returned",
        "document.sent",
        "invoice.issued",
        "invoice.credited",
        "payment.received",
        "promise.fulfilled",
    }
)
"""Types of fact that may show a promise to be kept; a hand-off may ask for most of them by name."""

_ALLOWED: frozenset[tuple[State, str, State]] = frozenset(
    (source, row.trigger, target) for row in TABLE for source in row.sources for target in row.targets
)


def allows(source: State, trigger: str, target: PromiseState) -> bool:
    """Return whether the table has the step; `trigger` is a type of fact, or `time`."""
    names = [trigger, "evidence"] if trigger in EVIDENCE else [trigger]
    if source in (S.MADE, S.ACCEPTED, S.AT_RISK):
        names.append("hand-off")  # a hand-off's own step may touch its parent
    return source is target or any((source, name, target) in _ALLOWED for name in names)


def drawing() -> str:
    """Return the table as a Mermaid state diagram: one arrow per pair of states, with its triggers."""
    arrows: dict[tuple[str, str], dict[str, None]] = {}
    for row in TABLE:
        for source in row.sources:
            for target in row.targets:
                if source is not target:
                    arrows.setdefault((source or "[*]", target), {})[row.trigger] = None
    lines = [
        f"    {source} --> {target}: {', '.join(triggers)}" for (source, target), triggers in arrows.items()
    ]
    return "\n".join(["stateDiagram-v2", *lines])


def as_table() -> str:
    """Return the table in Markdown."""
    rows = [
        f"| {_words(row.sources)} | {row.trigger} | {_words(row.targets)} | {row.note} |" for row in TABLE
    ]
    return "\n".join(["| From | Trigger | To | What happens |", "|---|---|---|---|", *rows])


def _words(states: tuple[State, ...]) -> str:
    return ", ".join("nothing" if state is None else str(state) for state in states)


def page() -> str:
    """Return the page of the documentation that shows the life of a promise."""
    return (
        "# The life of a promise\n\n"
        f"<!-- made by klantbus.domain.life.page(); `tests/domain/test_life.py` holds it to the table -->\n\n"
        f"The life of a promise as a table (RULES 5), and its drawing for the documentation.\n\n"
        f"{' '.join(MEANING.split())}\n\n{as_table()}\n\n```mermaid\n{drawing()}\n```\n"
    )
