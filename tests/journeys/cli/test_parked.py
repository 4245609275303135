import asyncio
import json
from datetime import UTC, datetime

import pytest

from klantbus.bus.desk import Desk
from klantbus.bus.intake import Intake
from klantbus.bus.open import open_log
from klantbus.bus.topics import EVERY_DEPARTMENT
from klantbus.domain.events import ContactLogged

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def url(terminal):
    assert terminal.json("parked", "list") == []  # makes the journal and its topics
    return f"journal://{terminal.folder / 'data' / 'journal.sqlite'}"


@pytest.fixture
def mended(terminal, url):
    """Rubbish of one customer, a fact that waits, and a file with the bytes as they should have been."""
    desk = Desk(department="sales", system="crm", now=lambda: NOON)
    call = ContactLogged(direction="in", reached=True, summary="asks for Anna")
    good, waits = (desk.record(desk.state(call, subject="K1001")) for _ in range(2))
    asyncio.run(publish(url, [good._replace(value=good.value[:30]), waits]))
    asyncio.run(read(url))
    file = terminal.folder / "mended.bin"
    file.write_bytes(good.value)
    return file


async def publish(url, records):
    log = await open_log(url)
    await (await log.publisher()).publish(records)
    await log.close()


async def read(url):
    log = await open_log(url)
    intake = await Intake.open(log, [EVERY_DEPARTMENT], by="projector")
    facts = await intake.batch(wait=0)
    await log.close()
    return facts.arrivals


def test_what_is_parked_is_listed_shown_and_replayed(terminal, url, mended):
    root, waiting = terminal.json("parked", "list")
    assert (root["mark"], root["code"], root["customer"]) == ("parked", "truncated", "K1001")
    assert waiting["mark"] == "waiting"

    shown = terminal.json("parked", "show", root["id"], "--save", "record.bin")
    assert shown["bytes"] == len((terminal.folder / "record.bin").read_bytes()) == 30
    assert {"name": "ce_type", "value": "contact.logged"} in shown["headers"]

    told = terminal.json("parked", "replay", root["id"], "--value", str(mended), "--by", "E42")
    assert told == {"replayed": [root["id"], waiting["id"]]}
    assert terminal.json("parked", "list") == []
    assert len(asyncio.run(read(url))) == 2


def test_a_record_that_still_cannot_be_read_stays_parked(terminal, mended):
    root, _ = terminal.json("parked", "list")
    done = terminal.run("parked", "replay", root["id"])
    assert done.returncode == 1
    assert done.stderr.startswith("klantbus: the value ends after 30 bytes")
    assert len(terminal.json("parked", "list")) == 2


def test_discarding_lets_go_what_waited(terminal, mended):
    root, waiting = terminal.json("parked", "list")
    assert terminal.json("parked", "discard", root["id"]) == {"went_on": [waiting["id"]]}
    assert terminal.json("parked", "list") == []


def test_an_id_that_is_none_is_refused_in_one_sentence(terminal):
    done = terminal.run("parked", "discard", "number 7")
    assert done.returncode == 3
    assert done.stderr.startswith("klantbus: 'number 7' is no parked id")
    assert done.stderr.count("\n") == 1


def test_the_text_of_a_parked_record_is_never_shown(terminal, mended):
    root, waiting = terminal.json("parked", "list")
    for parked_id in (root["id"], waiting["id"]):
        shown = terminal.run("parked", "show", parked_id)
        assert shown.returncode == 0
        assert "Anna" not in shown.stdout + shown.stderr
        assert "K1001" in json.dumps(shown.stdout)
