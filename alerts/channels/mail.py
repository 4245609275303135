"""A letter by e-mail: text and HTML, over TLS, with the idempotency key as its Message-ID."""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum

from alerts.channels.form import as_html
from alerts.channels.text import as_text
from alerts.channels.trust import system_trust
from alerts.errors import AddressRefused, ReceiverAway, ReceiverRefused
from alerts.letter import Letter
from alerts.messages.clean import line

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_PERMANENT = 500


class Security(StrEnum):
    """How the connection is made safe. `NONE` is for a server on this very machine only."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def _threads() -> Executor:
    """Return threads of its own: a server that hangs holds up mail, and nothing else that needs a thread."""
    return ThreadPoolExecutor(8, "mail")


@dataclass(frozen=True)
class Mail:
    """Sends through one SMTP server. `sender` is the address in From; `patience` in seconds."""

    host: str
    port: int
    sender: str
    clock: Callable[[], datetime]
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    patience: float = 10.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    threads: Executor = field(default_factory=_threads, repr=False)

    async def send(self, letter: Letter, to: str) -> str:
        """Hand the letter over to the server."""
        if self.security is Security.NONE and self.host not in LOOPBACK:
            raise AddressRefused(f"mail to {self.host} must go over TLS")
        message = as_mail(letter, self.sender, to, self.clock())
        try:
            async with asyncio.timeout(3 * self.patience):
                talk = asyncio.get_running_loop().run_in_executor
                return await talk(self.threads, self._hand_over, message)
        except TimeoutError as error:
            raise ReceiverAway(f"no answer in {3 * self.patience:g} s") from error

    def _hand_over(self, message: EmailMessage) -> str:
        try:
            server = self._connect()
            try:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
            finally:
                _part(server)
        except smtplib.SMTPRecipientsRefused as error:
            raise _verdict(next(iter(error.recipients.values()))[0]) from error
        except smtplib.SMTPDataError as error:
            raise _verdict(error.smtp_code) from error
        except smtplib.SMTPResponseException as error:
            # No to us (a password, our own address), not to the letter: it keeps until that is put right.
            raise ReceiverAway(f"SMTP {error.smtp_code}: it does not take mail from us") from error
        except (OSError, smtplib.SMTPException) as error:
            raise ReceiverAway(f"no answer: {type(error).__name__}") from error
        return "SMTP 250"

    def _connect(self) -> smtplib.SMTP:
        if self.security is Security.TLS:
            return smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.patience, context=self.tls or system_trust()
            )
        server = smtplib.SMTP(self.host, self.port, timeout=self.patience)
        if self.security is Security.STARTTLS:
            _protect(server, self.tls or system_trust())
        return server


def _protect(server: smtplib.SMTP, tls: ssl.SSLContext) -> None:
    """Go over to TLS, or hang up: what cannot be said in safety is not said."""
    try:
        server.starttls(context=tls)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise


def _part(server: smtplib.SMTP) -> None:
    """Say goodbye, briefly: what was taken stays taken whatever the server says to it."""
    with suppress(OSError, smtplib.SMTPException):
        if server.sock:
            server.sock.settimeout(1.0)
            server.quit()
    server.close()


def as_mail(letter: Letter, sender: str, to: str, now: datetime) -> EmailMessage:
    """Return the letter as a mail. Raises `AddressRefused` for an address that is none."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(sender)
    message["To"] = _address(to)
    message["Subject"] = _header(letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.id}@{_address(sender).domain}>"
    message["Idempotency-Key"] = letter.id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(as_text(letter))
    message.add_alternative(as_html(letter), subtype="html")
    return message


def _header(text: str) -> str:
    """Return a text as one header line; Python would decode what looks encoded (`=?utf-8?q?=0D=0A?=`)."""
    return line(text, 180).replace("=?", "= ?")


def _address(text: str) -> MailAddress:
    try:
        address = MailAddress(addr_spec=text)
    except (MessageError, ValueError, IndexError) as error:
        raise AddressRefused("an e-mail address that is none") from error
    if not address.username or not address.domain:
        raise AddressRefused("an e-mail address needs a name and a domain")
    return address


def _verdict(code: int) -> ReceiverAway | ReceiverRefused:
    """SMTP's own line: 4xx later, 5xx never."""
    return ReceiverRefused(f"SMTP {code}") if code >= _PERMANENT else ReceiverAway(f"SMTP {code}")
