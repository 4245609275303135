"""The planned ACLs hold on a Kafka that checks who calls, by password (SCRAM) or certificate (mutual TLS)."""

import asyncio
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from papers import Secured, checks, papers, signed
from waiting import until_it

from alerts.heartbeat import last_beat
from apps.broker import node
from apps.broker.node import Wish, free_port
from apps.broker.settings import Home
from klantbus.bus.access import grants
from klantbus.bus.clock import now
from klantbus.bus.departments import load_departments
from klantbus.bus.desk import Desk
from klantbus.bus.errors import BusError, NotAllowed, UnknownTopic
from klantbus.bus.kafka import KafkaLog, Protocol, Security
from klantbus.bus.ports import Record
from klantbus.bus.topics import EVERY_DEPARTMENT, PARKED, VERDICTS, topic_of, topic_specs
from klantbus.domain.events import DueAt, PromiseKind, PromiseMade
from projections.editions import after
from projections.projector import latest_edition

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

KLANTBUS = Path(sys.executable).with_name("klantbus")
PASSWORD = "correct-horse"  # noqa: S105  of a Kafka that lives a minute on loopback
USERS = (
    "sales",
    "finance",
    "klantbus-alerts",
    "klantbus-gateway",
    "klantbus-projector",
    "klantbus-streams",
)
BY_CERTIFICATE = "CN=workshop"


@pytest.fixture(scope="module")
def secured(tmp_path_factory, kafka_bootstrap):
    folder = tmp_path_factory.mktemp("papers")
    authority = signed(folder, "ca")
    for name in ("broker", "workshop"):
        signed(folder, name, authority)
    signed(folder, "stranger")
    doors = {"SASL_SSL": free_port(), "SSL": free_port()}
    users = tuple(f"SCRAM-SHA-512=[name={name},password={PASSWORD}]" for name in USERS)
    home = Home(tmp_path_factory.mktemp("secured"))
    wish = Wish(0, checks(papers(folder, "broker")), doors, users)
    there = node.start(home, wish, os.environ)
    by_password, by_certificate = (f"127.0.0.1:{port}" for port in doors.values())
    yield Secured(
        there.address, by_password, by_certificate, papers(folder, "ca"), papers(folder, "workshop")
    )
    node.stop(home)


@pytest.fixture(scope="module")
def departments():
    there = load_departments()
    workshop = there.departments["workshop"].model_copy(update={"principal": BY_CERTIFICATE})
    return there.model_copy(update={"departments": {**there.departments, "workshop": workshop}})


@pytest.fixture(scope="module", autouse=True)
def applied(secured, departments):
    """Make the topics and put the plan in force, over the listener of whoever owns the machine."""

    async def apply():
        log = KafkaLog(secured.plain)
        await log.create(topic_specs(departments))
        await log.allow([*grants(departments)])
        await log.close()

    asyncio.run(apply())


@pytest.fixture
async def known_as(secured):
    """Open the log as somebody, by password; closed when the test ends."""
    opened = []

    def open_it(name, password=PASSWORD, patience=20.0):
        security = Security(
            protocol=Protocol.SASL_SSL,
            username=name,
            password=password,
            authority=secured.authority.certificate,
        )
        opened.append(KafkaLog(secured.by_password, security=security, patience=patience))
        return opened[-1]

    yield open_it
    for log in opened:
        await log.close()


async def state(log, topic):
    publisher = await log.publisher()
    [place] = await publisher.publish([Record(topic, b"C1", b"1")])
    return place


async def first_of(follower):
    """Return the first records that come within 20 seconds."""
    async with asyncio.timeout(20):
        while not (records := (await follower.batch()).records):
            pass
    return records


async def test_what_was_planned_is_in_force_and_nothing_else(secured, departments):
    log = KafkaLog(secured.plain)
    assert await log.granted() == frozenset(grants(departments))
    await log.close()


async def test_a_department_states_facts_in_its_own_topic(known_as):
    assert (await state(known_as("sales"), topic_of("sales"))).topic == topic_of("sales")


async def test_to_a_department_the_topics_of_others_are_not_even_there(known_as):
    sales = known_as("sales")
    assert set(await sales.topics()) == {topic_of("sales")}
    with pytest.raises(UnknownTopic):
        await state(sales, topic_of("finance"))


async def test_a_department_cannot_read_what_it_wrote(known_as):
    sales = known_as("sales")
    await state(sales, topic_of("sales"))
    follower = await sales.follower([topic_of("sales")])
    with pytest.raises(NotAllowed):
        await first_of(follower)


async def test_the_projector_reads_every_department_and_keeps_its_place(known_as):
    await state(known_as("finance"), topic_of("finance"))
    follower = await known_as("klantbus-projector").follower([EVERY_DEPARTMENT], group="klantbus-projector")
    found = []
    async with asyncio.timeout(20):
        while topic_of("finance") not in {record.topic for record in found}:
            found += (await follower.batch()).records
    await follower.keep(follower.positions())
    assert await follower.kept() == follower.positions()


async def test_the_projector_parks_but_states_no_facts_of_departments(known_as):
    projector = known_as("klantbus-projector")
    assert (await state(projector, PARKED)).topic == PARKED
    with pytest.raises(NotAllowed):
        await state(projector, topic_of("sales"))


async def test_only_the_streams_publish_verdicts(known_as):
    assert (await state(known_as("klantbus-streams"), VERDICTS)).topic == VERDICTS
    with pytest.raises((NotAllowed, UnknownTopic)):
        await state(known_as("klantbus-gateway"), VERDICTS)


async def test_the_gateway_states_facts_for_every_department(known_as, departments):
    gateway = known_as("klantbus-gateway")
    for department in departments.names():
        assert (await state(gateway, topic_of(department))).topic == topic_of(department)


class Part(NamedTuple):
    """A part of the bus that runs as a process of its own: its data, and what it said."""

    process: subprocess.Popen
    data: Path
    said: Path

    async def until(self, holds, seconds=60):
        """Wait until `holds()`; fail with what the part said when it ended or that took too long."""

        async def it_holds() -> bool:
            assert self.process.poll() is None, self.said.read_text()
            return bool(await holds())

        await until_it(it_holds, seconds, every=0.1)


@pytest.fixture
def part(secured, tmp_path):
    """Start a part that shows itself to Kafka by password over TLS, as its own principal."""
    started = []

    def start(principal, *words):
        who = {
            "PROTOCOL": "SASL_SSL",
            "USERNAME": principal,
            "PASSWORD": PASSWORD,
            "AUTHORITY": secured.authority.certificate,
        }
        environment = os.environ | {f"KLANTBUS_KAFKA_{name}": value for name, value in who.items()}
        where = ["--log", f"kafka://{secured.by_password}", "--data", str(tmp_path)]
        with (tmp_path / "said").open("wb") as said:
            process = subprocess.Popen([KLANTBUS, *words, *where], env=environment, stderr=said)
        started.append(process)
        return Part(process, tmp_path, tmp_path / "said")

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


@pytest.fixture
async def promised(known_as):
    """Sales promises C2 a call within the hour: what is wrong with C1's facts holds up nobody else."""
    desk = Desk(department="sales", system="crm", publisher=await known_as("sales").publisher())
    promise = PromiseMade(
        promise_id="P1",
        kind=PromiseKind.CALLBACK,
        made_by="sales",
        performer="sales",
        due=DueAt(at=now() + dt.timedelta(hours=1)),
        as_said="within the hour",
    )
    return await desk.publish(desk.state(promise, subject="C2"))


async def test_a_worker_of_faust_judges_by_password_over_tls_and_says_no_secret(secured, part, promised):
    worker = part("klantbus-streams", "run", "streams", "--metrics", "0")
    log = KafkaLog(secured.plain)
    follower = await log.follower([VERDICTS])

    async def a_verdict_is_there():
        records = (await follower.batch(wait=0.1)).records
        return any(record.key == b"C2" and b"P1" in record.value for record in records)

    await worker.until(a_verdict_is_there)
    await log.close()
    assert PASSWORD not in worker.said.read_text()


async def test_a_projector_answers_by_password_over_tls_and_says_no_secret(part, promised):
    projector = part("klantbus-projector", "projection", "run")

    async def the_promise_is_in_an_edition():
        edition = latest_edition(projector.data / "projections")
        return edition is not None and edition.has(after([promised]))

    await projector.until(the_promise_is_in_an_edition)
    assert PASSWORD not in projector.said.read_text()


async def test_an_alerter_lives_by_password_over_tls_and_says_no_secret(part, promised):
    alerter = part("klantbus-alerts", "alert", "run")

    async def it_beats():
        return last_beat(alerter.data / "alerts.heartbeat.json") is not None

    await alerter.until(it_beats)
    assert PASSWORD not in alerter.said.read_text()


async def test_a_certificate_says_who_one_is(secured):
    workshop = Security(
        protocol=Protocol.SSL,
        authority=secured.workshop.authority,
        certificate=secured.workshop.certificate,
        key=secured.workshop.key,
    )
    log = KafkaLog(secured.by_certificate, security=workshop, patience=20.0)
    assert (await state(log, topic_of("workshop"))).topic == topic_of("workshop")
    assert set(await log.topics()) == {topic_of("workshop")}
    await log.close()


async def test_a_wrong_password_gets_nowhere(known_as):
    with pytest.raises(BusError):
        await known_as("sales", "wrong", patience=2.0).topics()


async def test_a_kafka_that_our_authority_did_not_sign_is_not_spoken_to(secured):
    stranger = secured.authority.certificate.replace("ca.crt", "stranger.crt")
    security = Security(protocol=Protocol.SASL_SSL, username="sales", password=PASSWORD, authority=stranger)
    log = KafkaLog(secured.by_password, security=security, patience=2.0)
    with pytest.raises(BusError):
        await log.topics()
    await log.close()
