"""The story of a promise: what was told about it, what the judge said, and why, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from apps.scenarios import Arrival, Outcome, iso
from klantbus.domain.decisions import Edge, Reason, Sight, Verdict
from klantbus.domain.micros import moment


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a story. `what` is fact, verdict or alert; `at` in µs is when it was told or became so."""

    at: int
    what: str
    text: str
    event_ids: tuple[str, ...]
    rules: tuple[str, ...]


def story(outcome: Outcome, promise_id: str) -> list[Line]:
    """Return the story up to where the outcome looked, in order of time: facts before what follows."""
    named = {
        reason.event_id
        for decision in outcome.decisions
        if _is_about(decision, promise_id)
        for reason in decision.why
    } - {None}
    said = [
        decision
        for decision in outcome.decisions
        if _is_about(decision, promise_id) or (isinstance(decision, Edge) and decision.event_id in named)
    ]
    moves = [Arrival(fact, at) for fact, at in outcome.book.moves if names(Arrival(fact, at), promise_id)]
    causes = {one.fact.causationid for one in moves}
    facts = [*(one for one in outcome.scenario.arrivals if one.published <= outcome.until), *moves]
    told = {
        one.fact.id: one for one in reversed(facts) if one.fact.id in named | causes or names(one, promise_id)
    }
    zone = outcome.scenario.calendar.zone
    lines = [_told(one, zone) for one in sorted(told.values(), key=lambda one: one.published)]
    lines.extend(_said(decision, zone) for decision in said)
    return sorted(lines, key=lambda line: (line.at, line.what != "fact"))


def names(arrival: Arrival, promise_id: str) -> bool:
    """Return whether a fact names the promise."""
    data = arrival.fact.data
    return getattr(data, "promise_id", None) == promise_id or promise_id in getattr(data, "promise_ids", ())


def _is_about(decision: Verdict | Edge, promise_id: str) -> bool:
    if isinstance(decision, Verdict):
        return decision.promise_id == promise_id
    return decision.promise_id == promise_id or promise_id in decision.promise_ids


def _told(arrival: Arrival, zone: tzinfo) -> Line:
    fact = arrival.fact
    happened = fact.time.astimezone(zone)
    text = f"{fact.department} tells {fact.type} ({fact.id}), which happened {happened:%a %-d %b %H:%M}"
    return Line(arrival.published, "fact", text, (fact.id,), ())


def _said(decision: Verdict | Edge, zone: tzinfo) -> Line:
    what = "verdict" if isinstance(decision, Verdict) else "alert"
    text = _verdict(decision, zone) if isinstance(decision, Verdict) else _alert(decision)
    events = tuple(dict.fromkeys(reason.event_id for reason in decision.why if reason.event_id))
    return Line(decision.at, what, text, events, tuple(dict.fromkeys(reason.rule for reason in decision.why)))


def _verdict(verdict: Verdict, zone: tzinfo) -> str:
    flags = f" [{', '.join(verdict.flags)}]" if verdict.flags else ""
    before = f", was {verdict.previous}" if verdict.previous and verdict.previous is not verdict.state else ""
    seen = ", ".join(_moments(verdict.sight, zone)) if verdict.sight else ""
    return f"{verdict.state}{flags}{before}{_because(verdict.why)}" + (f"; {seen}" if seen else "")


def _alert(edge: Edge) -> str:
    return f"{edge.edge} {edge.kind} for {edge.key} ({edge.severity}){_because(edge.why)}"


def _because(why: tuple[Reason, ...]) -> str:
    words = [f"{reason.rule} by {reason.event_id}" if reason.event_id else reason.rule for reason in why]
    return f", because of {', '.join(words)}" if words else ""


def _moments(sight: Sight, zone: tzinfo) -> Iterator[str]:
    for name, at in (
        ("warn", sight.warn),
        ("due", sight.due),
        ("grace ends", sight.grace),
        ("done", sight.done_at),
    ):
        if at is not None:
            yield f"{name} {moment(at).astimezone(zone):%a %-d %b %H:%M:%S}"
    yield from (f"{line.percent} % of {line.sku}" for line in sight.lines if line.sku)


def as_plain(line: Line) -> dict[str, object]:
    """Return a line as JSON."""
    return {
        "at": iso(line.at),
        "what": line.what,
        "text": line.text,
        "events": list(line.event_ids),
        "rules": list(line.rules),
    }
