"""A small company, a clock set by hand, and two ways to tell a story: to the rules alone, and to it all."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence

import pytest
from components.alerts.letter_one import noon
from components.alerts.receivers import Behaviour, mail_receiver, web_receiver
from components.alerts.rules_story import RulesStory
from components.alerts.tale import Tale, Told
from components.alerts.whole_story import TOPIC, Clock, WholeStory, WiredStory

from alerts.channels.http import Post
from alerts.channels.port import Channel
from alerts.company import Company, Unit
from alerts.company import Receiver as Addressee
from alerts.hours import Hours
from alerts.model import Address
from alerts.policy import Policy
from alerts.words import Level
from klantbus.bus.codec import encode
from klantbus.bus.departments import Language
from klantbus.bus.ports import Record
from klantbus.domain.calendar import Calendar
from klantbus.domain.events import Fact

OFFICE = {"timezone": "Europe/Amsterdam", "open": {"mon-fri": ["08:30-17:00"]}}


def office(name: str, hours: Hours, language: Language = Language.ENGLISH) -> Addressee:
    return Addressee(name, (Address("file", name),), hours, language)


def unit(name: str, title: str, hours: Hours) -> Unit:
    return Unit(
        name=name,
        desk=office(name, hours),
        head=office(f"{name}.head", hours),
        on_call=office(f"{name}.on_call", Hours()),
        titles={Language.ENGLISH: title, Language.DUTCH: title},
    )


@pytest.fixture(scope="session")
def hours() -> Hours:
    return Hours(Calendar.from_settings(OFFICE))


@pytest.fixture(scope="session")
def company(hours: Hours) -> Company:
    names = ("sales", "logistics", "finance", "service", "workshop")
    return Company(
        units={name: unit(name, name.title(), hours) for name in names},
        management=office("management", hours),
        operations=office("operations", hours),
        people={name: office(name, hours) for name in ("E1", "E2")},
    )


class Tales:
    """Makes stories. Not a dataclass: Hypothesis shows its arguments, and a whole company is long."""

    def __init__(self, company: Company, folder: str) -> None:
        self.company = company
        self.folder = folder

    def rules(self) -> RulesStory:
        return RulesStory(self.company, Policy())

    def whole(self) -> WholeStory:
        return WholeStory(self.company, Policy(), self.folder, {})


@pytest.fixture
def policy() -> Policy:
    return Policy()


@pytest.fixture(scope="session")
def tales(company: Company, tmp_path_factory) -> Tales:
    """Make stories in a property test, as many as it likes."""
    return Tales(company, str(tmp_path_factory.mktemp("tales")))


WEATHER = ("ok", "500", "ok", "drop", "429", "ok", "ok", "hang")


@pytest.fixture(params=["rules", "whole", "wired"])
def story(request: pytest.FixtureRequest, company: Company, policy: Policy, tmp_path) -> Iterator[Tale]:
    """A story, told to the rules alone, to the whole alerter, and with real receivers: all must agree."""
    if request.param == "rules":
        yield RulesStory(company, policy)
    elif request.param == "whole":
        yield WholeStory(company, policy, str(tmp_path), {})
    else:
        with (
            web_receiver(Behaviour(WEATHER, endless=True)) as web,
            mail_receiver(Behaviour(WEATHER, endless=True)) as mail,
        ):
            yield WiredStory(company, policy, web, mail)


@pytest.fixture
def whole_story(policy: Policy, tmp_path) -> Callable[..., WholeStory]:
    """Make a story of the whole alerter, with a company and channels of its own."""

    def make(company: Company, **more: Callable[[Clock], Channel]) -> WholeStory:
        return WholeStory(company, policy, str(tmp_path), more)

    return make


@pytest.fixture
def messages() -> Callable[[Sequence[Told]], list[tuple[str, str, str]]]:
    """Show (instant, rung, receiver) of each message, without the daily digest."""

    def show(told: Sequence[Told]) -> list[tuple[str, str, str]]:
        kept = [one for one in told if one.level != Level.DIGEST]
        return [(one.at, one.level, one.receiver) for one in kept]

    return show


@pytest.fixture
def record() -> Callable[[Fact], Record]:
    """Make a record of a fact."""

    def make(fact: Fact) -> Record:
        value, headers = encode(fact)
        return Record(TOPIC, fact.subject.encode(), value, headers)

    return make


@pytest.fixture
def post() -> Post:
    return Post(noon, frozenset({"127.0.0.1", "localhost"}), patience=2.0)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    subprocess.run(
        [
            *command.split(),
            "-addext",
            "subjectAltName=DNS:localhost",
            "-keyout",
            folder / "key.pem",
            "-out",
            folder / "cert.pem",
        ],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context
