"""A company closes a day on a running bus, and every open promise that counted on it moves for all to see."""

import json
from datetime import datetime

import pytest
from bus_process import Bus
from waiting import until

WEEK = [{"weekday": day, "opens": "08:30", "closes": "17:00"} for day in range(1, 6)]


@pytest.fixture
def bus(terminal):
    bus = Bus(terminal)
    bus.address()
    yield bus
    bus.kill()


def test_a_promise_moves_with_the_calendar_stays_unsuspected_and_a_kept_one_stays(terminal, bus):
    for name, kind in (("P1", "delivery"), ("P2", "callback")):
        _promise(terminal, name, "--due.working-days", "2", "--kind", kind)
    terminal.json("publish", "promise.fulfilled", "-c", "K1", "--department", "sales", "--promise-id", "P2")
    until(lambda: _shown(terminal, "P2").get("state") == "kept")
    first, kept = _shown(terminal, "P1"), _shown(terminal, "P2")
    closed = datetime.fromisoformat(first["due"]).date().isoformat()
    week = ("--open", json.dumps(WEEK), "--closed", json.dumps([closed]))
    calendar = ("--calendar-id", first["calendar"], "--version", "2", *week)
    (said,) = terminal.json("publish", "calendar.published", "--department", "admin", *calendar)

    until(lambda: _shown(terminal, "P1").get("revision") == 1)
    moved = _shown(terminal, "P1")
    assert moved["due"] != first["due"] == moved["original_due"]
    assert "promise.rescheduled" in [step["what"] for step in moved["steps"]]
    assert _shown(terminal, "P2")["due"] == kept["due"]
    asked = "SELECT rev, agreed, by_department FROM promise_revision WHERE promise_id = 'P1' ORDER BY rev"
    assert [tuple(row.values()) for row in terminal.json("sql", asked)] == [
        (0, True, "sales"),
        (1, True, "admin"),
    ]

    _promise(terminal, "P3")  # no moment at all: of this one people hear, and by now of the others too
    until(lambda: _told(terminal))
    assert _told(terminal) == {"P3"}

    back = ("-c", first["calendar"], "--department", "admin", "--target-event-id", said["id"])
    terminal.json("publish", "event.retracted", *back)
    until(lambda: _shown(terminal, "P1").get("revision") == 2)
    assert (_shown(terminal, "P1")["due"], _shown(terminal, "P2")["due"]) == (first["due"], kept["due"])
    assert bus.stop() == 0


def _promise(terminal, name: str, *words: str) -> None:
    said = ("--promise-id", name, "--made-by", "sales", "--performer", "sales", "--as-said", "In two days")
    terminal.json("publish", "promise.made", "-c", "K1", "--department", "sales", *said, *words)


def _shown(terminal, name: str) -> dict:
    done = terminal.run("promise", "show", name, "--json")
    return json.loads(done.stdout) if done.returncode == 0 else {}


def _told(terminal) -> set[str]:
    return {row["key"] for row in terminal.json("alert", "list", "--all")}
