"""The promise table against an oracle that reads no stream: the pure judge over the same facts."""

import json
import random
from pathlib import Path

import pytest
from read_side import reached, rows_of

from apps.scenarios import read_scenario, run
from klantbus.bus.codec import decode
from klantbus.bus.ports import Stored
from klantbus.domain.decisions import Verdict
from klantbus.domain.micros import micros, moment
from projections.models import read_models
from projections.store import Store
from streams.telling import records_of

DOMAIN = Path(__file__).parents[2] / "domain"
OWN = {"promise_id", "promise_ids", "parent_promise_id", "supersedes", "customer_id", "from", "into", "id"}
OWN |= {"target_event_id", "evidence_event_id", "about_promise", "key"}


def renamed(said, prefix):
    """The same scenario with numbers of its own, so that all of them live in one company."""
    if isinstance(said, list):
        return [renamed(each, prefix) for each in said]
    if not isinstance(said, dict):
        return said
    return {
        name: _prefixed(value, prefix) if name in OWN else renamed(value, prefix)
        for name, value in said.items()
    }


def _prefixed(value, prefix):
    if isinstance(value, list):
        return [_prefixed(each, prefix) for each in value]
    return f"{prefix}.{value}" if isinstance(value, str) and not _is_moment(value) else value


def _is_moment(text):
    return text[:2] == "20" and text[4:5] == "-"


def outcomes():
    for name in ("scenarios.json", "more_scenarios.json"):
        for said in json.loads((DOMAIN / name).read_text()):
            own = {
                key: renamed(said[key], said["id"]) if key in {"events", "expect", "ask"} else said[key]
                for key in said
            }
            yield run(read_scenario(own))


class Lanes:
    """Facts and verdicts as records, in the order of their lanes."""

    def __init__(self):
        self.lanes = {}

    def add(self, topic, fact, published):
        lane = self.lanes.setdefault(topic, [])
        lane.append((Stored(topic, 0, len(lane), published, b"", b"", ()), fact))

    def batches(self, seed):
        """Read in some order between the lanes, in batches of some size."""
        chance = random.Random(seed)  # noqa: S311  a seed, no secret
        lanes = {topic: list(lane) for topic, lane in self.lanes.items()}
        while any(lanes.values()):
            topic = chance.choice(sorted(topic for topic, lane in lanes.items() if lane))
            size = chance.choice([50, 200, 400])
            yield lanes[topic][:size]
            lanes[topic] = lanes[topic][size:]


@pytest.fixture(scope="module")
def judged():
    return list(outcomes())


@pytest.fixture(scope="module")
def con(judged, tmp_path_factory):
    lanes = Lanes()
    for outcome in judged:
        for arrival in outcome.scenario.arrivals:
            lanes.add(f"klantbus.events.{arrival.fact.department}", arrival.fact, arrival.published)
        for verdict in (each for each in outcome.decisions if isinstance(each, Verdict)):
            (record,) = records_of(verdict.customer, [verdict])
            lanes.add("klantbus.verdicts", decode(record.value), verdict.at)
    store = Store(tmp_path_factory.mktemp("oracle"), read_models())
    for batch in lanes.batches(3):
        store.take(rows_of(batch), reached(batch))
    yield store._con
    store.close()


def promises_of(outcome):
    for customer in outcome.book.customers.values():
        yield from customer.dossier.promises.values()


def test_the_promise_table_is_what_the_pure_judge_says(judged, con):
    rows = con.execute("SELECT promise_id, state, flags FROM promise WHERE state <> 'gone'").fetchall()
    wanted = sorted(
        (promise.id, str(promise.said_state), sorted(map(str, promise.said_flags)))
        for outcome in judged
        for promise in promises_of(outcome)
    )
    assert sorted(rows) == wanted
    assert len(wanted) > 60


def when(instant):
    return None if instant is None else moment(instant)


def test_the_table_has_every_moment_and_every_line_of_what_is_open_and_of_what_is_over(judged, con):
    rows = con.execute(
        "SELECT promise_id, due, revision, breach_count, accepted_at, planned_at, done_at, "
        "[(l.sku, l.promised, l.fulfilled) FOR l IN lines], [u.event_id FOR u IN evidence] "
        "FROM promise WHERE state <> 'gone' ORDER BY promise_id"
    ).fetchall()
    wanted = sorted(
        (
            promise.id,
            *(when(promise.due), promise.revision, promise.after_breach),
            *(when(promise.accepted_at), when(promise.planned), when(promise.done_at)),
            [(want.sku, want.promised, want.got) for want in promise.wants if want.sku],
            [use.evidence for use in promise.uses],
        )
        for outcome in judged
        for promise in promises_of(outcome)
    )
    assert rows == wanted


def test_what_we_knew_at_a_moment_is_what_the_judge_answered_then(judged, con):
    # At the very instant of a deadline the judge answers what came before it, and states what comes after.
    edges = {
        (each.promise_id, each.at) for one in judged for each in one.decisions if isinstance(each, Verdict)
    }
    asked = 0
    for outcome in judged:
        for answer in outcome.answers:
            if (answer.promise_id, answer.at) in edges:
                continue
            rows = con.execute(
                "SELECT state FROM promises_as_of($1, $1) WHERE promise_id = $2",
                [moment(answer.at), answer.promise_id],
            ).fetchall()
            assert (rows or [("gone",)])[0][0] == answer.state, (answer.promise_id, moment(answer.at))
            asked += 1
    assert asked > 90


def test_the_last_word_was_known_when_the_judge_said_it(judged, con):
    late = con.execute("SELECT count(*) FROM verdict WHERE valid_from > judged_at").fetchall()
    assert late == [(0,)]
    latest = max(micros(row[0]) for row in con.execute("SELECT max(judged_at) FROM verdict").fetchall())
    assert latest <= max(outcome.until for outcome in judged)
