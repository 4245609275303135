"""The telephonist's ten seconds: from the wide row of `briefing_of` to what to say first and what not to say.

Pure: a row in, lines out. Rows are dicts as DuckDB gives them; no line holds more than the row does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
ZONE = ZoneInfo("Europe/Amsterdam")

_FIRST = {
    "broken": "apologise: {what} was due {due} and is not there",
    "overdue": "{what} was due {due}: find out before you say anything about it",
    "at_risk": "{what}, due {due}, is at risk at {performer}",
}
_DON_T = {
    "conflict": "no date for {what}: departments told the customer different things",
    "moved_without_consent": "not that {what} was moved: the customer never agreed",
}
_NO_REMINDER = {
    "invoice.duplicate": "an invoice may have been sent twice",
    "invoice.price_mismatch": "an invoice is above what was promised",
    "invoice.before_delivery": "an invoice went out before the delivery",
}


@dataclass(frozen=True, slots=True)
class Briefing:
    """What anyone must know before a contact."""

    customer: str
    temperature: str
    reasons: Sequence[str]
    say_first: Sequence[str]
    do_not_say: Sequence[str]
    promises: Sequence[Row]
    contacts: Sequence[Row]
    money: str
    chances: Sequence[str]
    complaints: Sequence[str]


def briefing_of(row: Row) -> Briefing:
    """Return the briefing of one customer from its row."""
    promises = row["open_promises"] or []
    return Briefing(
        customer=str(row["asked_for"]),
        temperature=str(row["temperature"]),
        reasons=row["temperature_reasons"],
        say_first=[*_say_first(row, promises)] or ["nothing presses"],
        do_not_say=[*_do_not_say(row, promises)],
        promises=promises,
        contacts=row["last_contacts"] or [],
        money=f"{row['invoiced_and_not_paid']:.2f} invoiced and not paid",
        chances=row["open_opportunities"] or [],
        complaints=row["open_complaints"] or [],
    )


def _say_first(row: Row, promises: Sequence[Row]) -> Iterator[str]:
    for state, words in _FIRST.items():
        for promise in promises:
            if promise["state"] == state:
                yield words.format(
                    what=_what(promise), due=_day(promise["due"]), performer=promise["performer"]
                )
    if "contact.chasing" in (row["open_alerts"] or []):
        yield "they had to call again and again: say that you know"
    for complaint in row["open_complaints"] or []:
        yield f"complaint {complaint} is open"
    if (row["last_score"] or 5) <= 2:  # noqa: PLR2004  RULES 8, satisfaction.low
        yield f"their last score was {row['last_score']}: ask what went wrong"
    for chance in row["open_opportunities"] or []:
        yield f"opportunity {chance} waits: they asked for something"


def _do_not_say(row: Row, promises: Sequence[Row]) -> Iterator[str]:
    for promise in promises:
        for flag in promise["flags"] or []:
            if flag in _DON_T:
                yield _DON_T[flag].format(what=_what(promise))
        if promise["state"] == "conditional":
            yield f"no date for {_what(promise)}: its condition is not met"
    for kind in dict.fromkeys(row["open_alerts"] or []):
        if kind in _NO_REMINDER:
            yield f"no reminder to pay: {_NO_REMINDER[kind]}"
    if any(promise["state"] in {"broken", "overdue"} for promise in promises):
        yield "no new date before the performer has named one"
    hours = [
        f"{word} {row[f'do_not_call_{word}']}" for word in ("before", "after") if row[f"do_not_call_{word}"]
    ]
    if hours:
        yield f"nothing by phone {' or '.join(hours)}"


def _what(promise: Row) -> str:
    order = f" of order {promise['order_ref']}" if promise["order_ref"] else ""
    return f"{promise['kind']}{order} ({promise['promise_id']})"


def _day(moment: datetime | None) -> str:
    return "some day" if moment is None else f"{moment.astimezone(ZONE):%a %d %b %H:%M}"
