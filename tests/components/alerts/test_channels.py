"""What each channel really puts on the wire, and whom it refuses to call."""

import asyncio
import base64
import hashlib
import hmac
import io
import json
import shutil
import socket
import ssl
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from components.alerts.receivers import Behaviour, mail_receiver, read_mail, web_receiver

from alerts.channels.addresses import check_url, is_public
from alerts.channels.apprise import Apprise
from alerts.channels.http import Post
from alerts.channels.local import Console, FileOutbox
from alerts.channels.mail import Mail, Security, as_mail
from alerts.channels.slack import Slack
from alerts.channels.teams import LARGEST, Teams, as_card
from alerts.channels.webhook import Webhook
from alerts.errors import AddressRefused, ReceiverAway, ReceiverGone, ReceiverRefused
from alerts.letter import LETTER, Item, Letter
from klantbus.bus.departments import Language

NOON = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)
LETTER_ONE = Letter(
    id="0123456789abcdef0123456789abcdef",
    kind="promise.broken",
    level="L0",
    severity="high",
    language=Language.ENGLISH,
    subject="[urgent] Promise broken: delivery, customer K1, p1",
    lead="",
    items=(Item("A1", "Promise broken", (("Who", "Logistics"),), "http://127.0.0.1:8080/alerts/A1"),),
    more="",
    action="Call the customer today.",
    link="http://127.0.0.1:8080/alerts/A1",
)


def clock() -> datetime:
    return NOON


@pytest.fixture
def post() -> Post:
    return Post(clock, frozenset({"127.0.0.1", "localhost"}), patience=2.0)


async def test_a_webhook_is_a_signed_cloudevent_under_its_own_key(post):
    with web_receiver(Behaviour()) as receiver:
        await Webhook(post, clock, b"secret").send(LETTER_ONE, f"http://127.0.0.1:{receiver.port}/x")
        [taken] = receiver.taken
    event = json.loads(taken.body)
    assert (event["specversion"], event["id"], event["type"]) == ("1.0", LETTER_ONE.id, "klantbus.alert.told")
    assert LETTER.validate_python(event["data"]) == LETTER_ONE
    assert taken.key == LETTER_ONE.id
    signed = f"{LETTER_ONE.id}.{int(NOON.timestamp())}.".encode() + taken.body
    mac = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha256).digest()).decode()
    assert taken.headers["webhook-signature"] == f"v1,{mac}"


async def test_slack_and_teams_get_json_of_their_own_form(post):
    with web_receiver(Behaviour()) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/x"
        await Slack(post).send(LETTER_ONE, url)
        await Teams(post).send(LETTER_ONE, url)
        slack, teams = (json.loads(taken.body) for taken in receiver.taken)
    assert {block["type"] for block in slack["blocks"]} == {"header", "section", "context"}
    assert teams["attachments"][0]["content"]["actions"][0]["url"] == LETTER_ONE.link


async def test_mail_has_text_and_html_and_its_key_as_message_id():
    with mail_receiver(Behaviour()) as receiver:
        mail = Mail("127.0.0.1", receiver.port, "bus@company.example", clock, Security.NONE)
        await mail.send(LETTER_ONE, "head@company.example")
        message = read_mail(receiver.taken[0])
    assert message["Message-ID"] == f"<{LETTER_ONE.id}@company.example>"
    assert message["Subject"] == LETTER_ONE.subject
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "Call the customer today." in message.get_body(("plain",)).get_content()


async def test_a_mail_server_that_hangs_holds_up_no_webhook():
    post = Post(clock, frozenset({"localhost"}), patience=8.0)
    with mail_receiver(Behaviour(("hang",))) as hanging, web_receiver(Behaviour()) as web:
        mail = Mail("127.0.0.1", hanging.port, "bus@company.example", clock, Security.NONE, patience=20.0)
        stuck = [asyncio.create_task(mail.send(LETTER_ONE, f"head{n}@company.example")) for n in range(40)]
        await asyncio.to_thread(hanging.wait_for, 1)
        # A name is looked up in a thread that others share; this one must not wait for mail.
        assert await post(f"http://localhost:{web.port}/x", b"{}", {}) == "HTTP 204"
        hanging.over.set()
        for error in await asyncio.gather(*stuck, return_exceptions=True):
            assert isinstance(error, ReceiverAway)


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


async def test_mail_goes_over_tls_and_never_without(certificate, tls_server):
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")
    with mail_receiver(Behaviour(), starttls=tls_server) as receiver:
        safe = Mail("localhost", receiver.port, "bus@company.example", clock, Security.STARTTLS, tls=trusted)
        await safe.send(LETTER_ONE, "head@company.example")
        assert len(receiver.taken) == 1
        strange = Mail("localhost", receiver.port, "bus@company.example", clock, Security.STARTTLS)
        with pytest.raises(ReceiverAway):
            await strange.send(LETTER_ONE, "head@company.example")
        assert len(receiver.taken) == 1
    bare = Mail("mail.company.example", 25, "bus@company.example", clock, Security.NONE)
    with pytest.raises(AddressRefused):
        await bare.send(LETTER_ONE, "head@company.example")


async def test_mail_goes_over_tls_from_the_first_byte_where_that_is_asked(certificate, tls_server):
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")
    with mail_receiver(Behaviour(), tls=tls_server) as receiver:
        safe = Mail("localhost", receiver.port, "bus@company.example", clock, Security.TLS, tls=trusted)
        assert await safe.send(LETTER_ONE, "head@company.example") == "SMTP 250"
        strange = Mail("localhost", receiver.port, "bus@company.example", clock, Security.TLS)
        with pytest.raises(ReceiverAway):
            await strange.send(LETTER_ONE, "head@company.example")
        assert len(receiver.taken) == 1


async def test_a_server_that_offers_no_tls_gets_no_mail():
    with mail_receiver(Behaviour()) as receiver:
        mail = Mail("127.0.0.1", receiver.port, "bus@company.example", clock, Security.STARTTLS)
        with pytest.raises(ReceiverAway):
            await mail.send(LETTER_ONE, "head@company.example")
        assert receiver.taken == []


async def test_a_wrong_password_is_no_verdict_on_the_letter(certificate, tls_server):
    """It would be thrown away for good, and with it all mail, for a slip of whoever set the password."""
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")
    with mail_receiver(Behaviour(), starttls=tls_server, password="right") as receiver:  # noqa: S106  a test's own
        mail = Mail("localhost", receiver.port, "bus@company.example", clock, tls=trusted, user="bus")
        with pytest.raises(ReceiverAway, match="SMTP 535"):
            await replace(mail, password="wrong").send(LETTER_ONE, "head@company.example")  # noqa: S106  the same
        with pytest.raises(ReceiverAway, match="SMTP 530"):
            await replace(mail, user="").send(LETTER_ONE, "head@company.example")
        assert await replace(mail, password="right").send(LETTER_ONE, "head@company.example") == "SMTP 250"  # noqa: S106  the same
    with mail_receiver(Behaviour(("400",))) as receiver:
        mail = Mail("127.0.0.1", receiver.port, "bus@company.example", clock, Security.NONE)
        with pytest.raises(ReceiverRefused, match="SMTP 550"):
            await mail.send(LETTER_ONE, "head@company.example")


async def test_https_is_checked_against_the_name_although_we_call_a_number(certificate, tls_server):
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")
    names = frozenset({"localhost", "127.0.0.1"})
    with web_receiver(Behaviour(), tls=tls_server) as receiver:
        post = Post(clock, names, 2.0, trusted)
        assert await post(f"https://localhost:{receiver.port}/x", b"{}", {}) == "HTTP 204"
        with pytest.raises(ReceiverAway):
            await post(f"https://127.0.0.1:{receiver.port}/x", b"{}", {})
        assert receiver.taken[0].headers["Host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("500", ReceiverAway),
        ("429", ReceiverAway),
        ("hang", ReceiverAway),
        ("drop", ReceiverAway),
        ("400", ReceiverRefused),
        ("302", ReceiverRefused),
        ("410", ReceiverGone),
    ],
)
async def test_every_answer_has_its_own_meaning(post, answer, error):
    with web_receiver(Behaviour((answer,))) as receiver:
        with pytest.raises(error):
            await post(f"http://127.0.0.1:{receiver.port}/x", b"{}", {})
        assert len(receiver.taken) == 1


async def test_nobody_listening_is_weather(post):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ReceiverAway):
        await post(f"http://127.0.0.1:{port}/x", b"{}", {})


INSIDE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  an address to refuse
    "224.0.0.1",
    "::1",
    "fe80::1",
    "fc00::1",
    "::",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
]


@pytest.mark.parametrize("number", INSIDE)
def test_addresses_inside_are_known_in_every_disguise(number):
    assert not is_public(ip_address(number))


@pytest.mark.parametrize(
    "number", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]
)
def test_addresses_outside_are_called(number):
    assert is_public(ip_address(number))


REFUSED = [
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://[::1]/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "http://93.184.216.34/x",
    "ftp://93.184.216.34/x",
    "https://user:secret@93.184.216.34/",
    "file:///etc/passwd",
    "https://[::ffff:169.254.169.254]/latest",
    "nonsense",
    "https://",
    "https://1.2.3.4:99999/",
    "https://[/",
]


@pytest.mark.parametrize("url", REFUSED)
async def test_what_leads_inside_or_goes_bare_is_refused(url):
    with pytest.raises(AddressRefused):
        await check_url(url, ())


async def test_the_address_that_was_judged_is_the_address_that_is_called(monkeypatch, post):
    """A name that points outside when judged and inside when called must not get us inside."""
    answers = iter(["93.184.216.34", "127.0.0.1"])

    async def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    target = await check_url("https://rebind.example/x", ())
    assert (target.number, target.port, target.path) == ("93.184.216.34", 443, "/x")
    assert (target.host, target.authority) == ("rebind.example", "rebind.example")


async def test_the_file_outbox_keeps_one_file_for_one_key(tmp_path):
    for _ in range(2):
        await FileOutbox().send(LETTER_ONE, str(tmp_path / "box"))
    [file] = (tmp_path / "box").iterdir()
    assert LETTER.validate_json(file.read_bytes()) == LETTER_ONE


async def test_the_console_shows_the_whole_letter():
    screen = io.StringIO()
    await Console(screen).send(LETTER_ONE, "logistics")
    assert LETTER_ONE.subject in screen.getvalue()
    assert LETTER_ONE.link in screen.getvalue()


OLD_PYTHON = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""What Apprise uses of Python 3.11 is not ours to change."""


@OLD_PYTHON
@pytest.mark.parametrize(
    "to",
    [
        "json://169.254.169.254/",
        " JSONS://169.254.169.254/",
        "gotify://127.0.0.1/token, json://169.254.169.254/",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "nothing://that.apprise/knows",
        "",
    ],
)
async def test_apprise_is_not_used_for_what_we_send_ourselves_nor_for_what_it_does_not_know(to):
    with pytest.raises(AddressRefused):
        await Apprise().send(LETTER_ONE, to)


@OLD_PYTHON
async def test_apprise_itself_hands_a_letter_over_and_customers_words_stay_words():
    letter = replace(LETTER_ONE, subject="<!channel> Promise broken")
    with web_receiver(Behaviour(("200",))) as receiver:
        said = await Apprise().send(letter, f"gotify://127.0.0.1:{receiver.port}/token")
        [taken] = receiver.taken
    message = json.loads(taken.body)
    assert said == "Apprise says yes"
    assert message["title"] == "&lt;!channel&gt; Promise broken"
    assert "Call the customer today." in message["message"]


@OLD_PYTHON
@pytest.mark.parametrize("asking", ["", "?redirect=yes"])
async def test_apprise_follows_nobody(asking):
    with web_receiver(Behaviour(("302",))) as receiver:
        with pytest.raises(ReceiverAway):
            await Apprise().send(LETTER_ONE, f"gotify://127.0.0.1:{receiver.port}/token{asking}")
        assert [one.done for one in receiver.taken] == ["302"]


async def test_without_apprise_its_addresses_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ReceiverRefused, match=r"pip install klantbus\[apprise\]"):
        await Apprise().send(LETTER_ONE, "ntfy://topic")


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b.example\nBcc: x@y.example", "a b@c.example", "<a@b.example>"]
)
def test_an_address_that_is_none_is_refused(to):
    with pytest.raises(AddressRefused):
        as_mail(LETTER_ONE, "bus@company.example", to, NOON)


def test_a_card_never_outgrows_what_teams_takes():
    words = "€" * 280
    items = tuple(replace(LETTER_ONE.items[0], lines=(("Words", words),) * 4) for _ in range(100))
    assert len(as_card(replace(LETTER_ONE, items=items))) <= LARGEST


async def test_no_url_adds_a_line_to_the_request(post):
    with web_receiver(Behaviour()) as receiver:
        await post(f"http://127.0.0.1:{receiver.port}/x y\r\nX-Injected: 1\r\n?q=é#part", b"{}", {})
        [taken] = receiver.taken
    assert taken.path == "/x%20yX-Injected:%201?q=%C3%A9"
    assert "X-Injected" not in taken.headers


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 999 no\r\n\r\n", b"x" * 200_000, b"HTTP/1.1 200 OK\r\n"],
)
async def test_what_is_no_answer_is_weather(post, answer):
    async def speak(_reader, writer):
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ReceiverAway):
            await post(f"http://127.0.0.1:{port}/x", b"{}", {})


async def test_a_provisional_answer_is_not_the_answer(post):
    async def speak(_reader, writer):
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await post(f"http://127.0.0.1:{port}/x", b"{}", {}) == "HTTP 202"
