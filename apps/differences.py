"""Where the judge says otherwise than a scenario expects, in words."""

from collections.abc import Iterable, Sequence

from apps.scenarios import Answer, Ask, Outcome, iso


def differences(outcome: Outcome, kinds: Iterable[str] | None = None) -> list[str]:
    """Return in words where the outcome differs from what the scenario expects; nothing when it agrees."""
    scenario = outcome.scenario
    asked = {(ask.at, ask.promise_id): ask for ask in scenario.asks}
    words = [
        line
        for answer in outcome.answers
        for line in _state_difference(asked[answer.at, answer.promise_id], answer)
    ]
    if scenario.alerts is None:
        return words
    only = None if kinds is None else frozenset(kinds)
    expected = [
        edge for edge in scenario.alerts if edge[0] <= outcome.until and (only is None or edge[2] in only)
    ]
    said = [
        (edge.at, edge.edge, edge.kind, edge.key)
        for edge in outcome.edges
        if only is None or edge.kind in only
    ]
    words.extend(f"- {_edge_words(edge)}" for edge in _without(expected, said))
    words.extend(f"+ {_edge_words(edge)}" for edge in _without(said, expected))
    return words


def _state_difference(ask: Ask, answer: Answer) -> list[str]:
    where = f"{iso(answer.at)} {answer.promise_id}"
    words = []
    if ask.state is not None and ask.state != answer.state:
        words.append(f"! {where}: expected {ask.state}, judged {answer.state}")
    if ask.flags is not None and ask.flags != tuple(sorted(answer.flags)):
        words.append(f"! {where}: expected flags {', '.join(ask.flags)}, judged {', '.join(answer.flags)}")
    return words


def _without(
    these: Iterable[tuple[int, str, str, str]], those: Sequence[tuple[int, str, str, str]]
) -> list[tuple[int, str, str, str]]:
    left = list(those)
    found = []
    for edge in these:
        if edge in left:
            left.remove(edge)
        else:
            found.append(edge)
    return found


def _edge_words(edge: tuple[int, str, str, str]) -> str:
    at, what, kind, key = edge
    return f"{iso(at)} {what} {kind} {key}"
