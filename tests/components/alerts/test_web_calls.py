"""Whom a web channel calls, whom it refuses to call, and what it makes of the answer."""

import asyncio
import socket
import ssl
from ipaddress import ip_address

import pytest
from components.alerts.letter_one import noon
from components.alerts.receivers import Behaviour, web_receiver

from alerts.channels.addresses import check_url, is_public
from alerts.channels.http import Post
from alerts.errors import AddressRefused, ReceiverAway, ReceiverGone, ReceiverRefused


async def test_https_is_checked_against_the_name_although_we_call_a_number(certificate, tls_server):
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")
    names = frozenset({"localhost", "127.0.0.1"})
    with web_receiver(Behaviour(), tls=tls_server) as receiver:
        post = Post(noon, names, 2.0, trusted)
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


async def test_the_address_that_was_judged_is_the_address_that_is_called():
    """A name that points outside when judged and inside when called must not get us inside."""
    answers = iter(["93.184.216.34", "127.0.0.1"])

    async def look_up(_host: str, _port: int) -> list[str]:
        return [next(answers)]

    target = await check_url("https://rebind.example/x", (), look_up)
    assert (target.number, target.port, target.path) == ("93.184.216.34", 443, "/x")
    assert (target.host, target.authority) == ("rebind.example", "rebind.example")


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
