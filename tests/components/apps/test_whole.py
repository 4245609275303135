import asyncio
import threading
from datetime import timedelta

from waiting import until

from apps.editions import place_of
from apps.logs import opened
from apps.settings import read_settings
from apps.whole import local_channels, run_whole
from klantbus.bus.clock import now
from klantbus.bus.ports import Lane
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS
from klantbus.domain.events import Fact
from projections.projector import latest_edition

MANY = 1_000
PATIENCE = 60
"""Seconds that the letter carrier is held up when nobody lets him go."""


class HeldUp:
    """A letter carrier who holds up whoever sends him, and all in the same loop, until he is let go."""

    def __init__(self):
        self.called = threading.Event()
        self.let_go = threading.Event()
        self.was_let_go = []

    async def send(self, letter, to):
        self.called.set()
        self.was_let_go.append(self.let_go.wait(PATIENCE))
        return f"{letter.id} to {to}"


def broken(number: int):
    """Return the edge of a broken promise of a customer who counts: it is told at any hour."""
    at = now() - timedelta(minutes=1)
    return said(
        "alert.raised",
        f"C{number}",
        source="/bus/judge",
        id=f"e{number}",
        time=at,
        recordedtime=at,
        data={
            "alert_id": f"A{number}",
            "kind": "promise.broken",
            "key": f"p{number}",
            "severity": "critical",
            "at": at,
            "promise_id": f"p{number}",
            "promise_kind": "callback",
            "made_by": "sales",
            "performer": "sales",
        },
    )


def said(event: str, subject: str, **more):
    return Fact.model_validate({"type": event, "subject": subject, **more})


def heartbeat():
    at = now()
    return said(
        "department.heartbeat", "sales", source="/sales/crm", id="h1", time=at, recordedtime=at, data={}
    )


async def test_a_morning_on_which_everything_breaks_does_not_hold_up_what_others_ask(tmp_path):
    settings, carrier, stop = read_settings(data=tmp_path, port=0), HeldUp(), asyncio.Event()
    async with opened(settings) as log:
        publisher = await log.publisher()
        bus = asyncio.create_task(
            run_whole(
                settings,
                stop,
                lambda _: None,
                channels=lambda *known: {**local_channels(*known), "mail": carrier},
            )
        )
        await publisher.publish([record_of(broken(number), ALERTS) for number in range(MANY)])
        assert await asyncio.to_thread(carrier.called.wait, PATIENCE)
        [place] = await publisher.publish([record_of(heartbeat(), "klantbus.events.sales")])

        def it_can_be_asked_for():
            edition = latest_edition(place_of(settings))
            return edition and edition.positions.get(Lane(*place[:2]), 0) > place.offset

        await asyncio.to_thread(until, it_can_be_asked_for)
        carrier.let_go.set()
        stop.set()
        await bus
    assert all(carrier.was_let_go)
