"""The planned ACLs hold on a Kafka that checks who calls, by password (SCRAM) or certificate (mutual TLS)."""

import asyncio
import datetime as dt
import ipaddress
import os
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apps.broker import node
from apps.broker.node import Wish, free_port
from apps.broker.settings import Home
from klantbus.bus.access import grants
from klantbus.bus.clock import now
from klantbus.bus.departments import load_departments
from klantbus.bus.errors import BusError, NotAllowed, UnknownTopic
from klantbus.bus.kafka import KafkaLog, Protocol, Security
from klantbus.bus.ports import Record
from klantbus.bus.topics import EVERY_DEPARTMENT, PARKED, VERDICTS, topic_of, topic_specs

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PASSWORD = "correct-horse"  # noqa: S105  of a Kafka that lives a minute on loopback
USERS = ("sales", "finance", "klantbus-projector", "klantbus-streams", "klantbus-gateway")
BY_CERTIFICATE = "CN=workshop"


class Papers(NamedTuple):
    """Paths of PEM files."""

    authority: str
    certificate: str
    key: str
    both: str


class Secured(NamedTuple):
    plain: str
    by_password: str
    by_certificate: str
    authority: Papers
    workshop: Papers


def signed(folder: Path, name: str, issuer=None):
    """Make a key and a certificate for `name`, signed by `issuer` (or by itself), valid for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    by, by_key = issuer or (subject, key)
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(by, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now() - dt.timedelta(hours=1)).not_valid_after(
        now() + dt.timedelta(hours=1)
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    certificate = builder.add_extension(loopback, critical=False).sign(by_key, hashes.SHA256())
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate_pem = certificate.public_bytes(Encoding.PEM)
    for ending, content in (("key", key_pem), ("crt", certificate_pem), ("both", key_pem + certificate_pem)):
        (folder / f"{name}.{ending}").write_bytes(content)
    return subject, key


def papers(folder: Path, name: str) -> Papers:
    return Papers(*(str(folder / file) for file in ("ca.crt", f"{name}.crt", f"{name}.key", f"{name}.both")))


def checks(broker: Papers) -> dict[str, str]:
    """Return the settings of a Kafka that checks everybody but its own loopback listener in plain text."""
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.ssl.ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": broker.both,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": broker.authority,
    }


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
        await follower.batch(wait=20)


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
