"""Mail as it really goes out: its form, over TLS, and what a server's answer means."""

import asyncio
import ssl
from dataclasses import replace

import pytest
from components.alerts.letter_one import LETTER_ONE, NOON, noon
from components.alerts.receivers import Behaviour, mail_receiver, read_mail, web_receiver

from alerts.channels.http import Post
from alerts.channels.mail import Mail, Security, as_mail
from alerts.errors import AddressRefused, ReceiverAway, ReceiverRefused


async def test_mail_has_text_and_html_and_its_key_as_message_id():
    with mail_receiver(Behaviour()) as receiver:
        mail = Mail("127.0.0.1", receiver.port, "bus@company.example", noon, Security.NONE)
        await mail.send(LETTER_ONE, "head@company.example")
        message = read_mail(receiver.taken[0])
    assert message["Message-ID"] == f"<{LETTER_ONE.id}@company.example>"
    assert message["Subject"] == LETTER_ONE.subject
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "Call the customer today." in message.get_body(("plain",)).get_content()


async def test_a_mail_server_that_hangs_holds_up_no_webhook():
    post = Post(noon, frozenset({"localhost"}), patience=8.0)
    with mail_receiver(Behaviour(("hang",))) as hanging, web_receiver(Behaviour()) as web:
        mail = Mail("127.0.0.1", hanging.port, "bus@company.example", noon, Security.NONE, patience=20.0)
        stuck = [asyncio.create_task(mail.send(LETTER_ONE, f"head{n}@company.example")) for n in range(40)]
        await asyncio.to_thread(hanging.wait_for, 1)
        # A name is looked up in a thread that others share; this one must not wait for mail.
        assert await post(f"http://localhost:{web.port}/x", b"{}", {}) == "HTTP 204"
        hanging.over.set()
        for error in await asyncio.gather(*stuck, return_exceptions=True):
            assert isinstance(error, ReceiverAway)


async def test_mail_goes_over_tls_and_never_without(certificate, tls_server):
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")
    with mail_receiver(Behaviour(), starttls=tls_server) as receiver:
        safe = Mail("localhost", receiver.port, "bus@company.example", noon, Security.STARTTLS, tls=trusted)
        await safe.send(LETTER_ONE, "head@company.example")
        assert len(receiver.taken) == 1
        strange = Mail("localhost", receiver.port, "bus@company.example", noon, Security.STARTTLS)
        with pytest.raises(ReceiverAway):
            await strange.send(LETTER_ONE, "head@company.example")
        assert len(receiver.taken) == 1
    bare = Mail("mail.company.example", 25, "bus@company.example", noon, Security.NONE)
    with pytest.raises(AddressRefused):
        await bare.send(LETTER_ONE, "head@company.example")


async def test_mail_goes_over_tls_from_the_first_byte_where_that_is_asked(certificate, tls_server):
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")
    with mail_receiver(Behaviour(), tls=tls_server) as receiver:
        safe = Mail("localhost", receiver.port, "bus@company.example", noon, Security.TLS, tls=trusted)
        assert await safe.send(LETTER_ONE, "head@company.example") == "SMTP 250"
        strange = Mail("localhost", receiver.port, "bus@company.example", noon, Security.TLS)
        with pytest.raises(ReceiverAway):
            await strange.send(LETTER_ONE, "head@company.example")
        assert len(receiver.taken) == 1


async def test_a_server_that_offers_no_tls_gets_no_mail():
    with mail_receiver(Behaviour()) as receiver:
        mail = Mail("127.0.0.1", receiver.port, "bus@company.example", noon, Security.STARTTLS)
        with pytest.raises(ReceiverAway):
            await mail.send(LETTER_ONE, "head@company.example")
        assert receiver.taken == []


async def test_a_wrong_password_is_no_verdict_on_the_letter(certificate, tls_server):
    """It would be thrown away for good, and with it all mail, for a slip of whoever set the password."""
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")
    with mail_receiver(Behaviour(), starttls=tls_server, password="right") as receiver:  # noqa: S106  a test's own
        mail = Mail("localhost", receiver.port, "bus@company.example", noon, tls=trusted, user="bus")
        with pytest.raises(ReceiverAway, match="SMTP 535"):
            await replace(mail, password="wrong").send(LETTER_ONE, "head@company.example")  # noqa: S106  the same
        with pytest.raises(ReceiverAway, match="SMTP 530"):
            await replace(mail, user="").send(LETTER_ONE, "head@company.example")
        assert await replace(mail, password="right").send(LETTER_ONE, "head@company.example") == "SMTP 250"  # noqa: S106  the same
    with mail_receiver(Behaviour(("400",))) as receiver:
        mail = Mail("127.0.0.1", receiver.port, "bus@company.example", noon, Security.NONE)
        with pytest.raises(ReceiverRefused, match="SMTP 550"):
            await mail.send(LETTER_ONE, "head@company.example")


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b.example\nBcc: x@y.example", "a b@c.example", "<a@b.example>"]
)
def test_an_address_that_is_none_is_refused(to):
    with pytest.raises(AddressRefused):
        as_mail(LETTER_ONE, "bus@company.example", to, NOON)
