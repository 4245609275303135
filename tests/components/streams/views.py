"""What of a state two judges must agree on, whatever they did to get there."""

from components.streams.tally import Tally

from klantbus.bus.codec import decode
from klantbus.domain.promise import Promise
from streams.judging import Judge
from streams.promises import Case
from streams.store import Part


def view(state: Tally | Case) -> object:
    """Return what a state says; of a customer of the domain what was said of everything that is known."""
    if isinstance(state, Tally):
        return (sorted(state.seen), sorted(state.done), sorted(state.due.items()), sorted(state.late))
    said = {}
    for item in state.customer.dossier.items():
        promise = isinstance(item, Promise)
        of_promise = (str(item.said_state), sorted(item.said_flags)) if promise else ()
        said[type(item).__name__, item.key] = (sorted(item.said_alerts), of_promise)
    return said, sorted(state.customer.facts), sorted(state.raised.items())


def kept_views(part: Part, judge: Judge, until: int) -> dict[str, object]:
    """Return the views of all that is kept of a partition, as judged up to `until`."""
    found: dict[str, object] = {}
    for unit, kept in part.all_states():
        facts = [(decode(value), published) for published, value in part.facts(unit)]
        state = judge.unpack(unit.decode(), kept.state, facts)
        judge.judge(state, until)
        found[unit.decode()] = view(state)
    return found
