"""Receivers on loopback that behave as told: a web server and a mail server. Both remember what they took."""

import asyncio
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


@dataclass
class Behaviour:
    """What a receiver does with each message in turn; then the last for ever, or all again if `endless`."""

    script: tuple[str, ...] = ("ok",)
    endless: bool = False
    retry_after: str = "1"
    left: deque[str] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._endless = cycle(self.script)
        self.left.extend(self.script)

    def calm(self) -> None:
        """Say yes to everything from now on."""
        with self.lock:
            self._endless = cycle(("ok",))

    def next(self) -> str:
        with self.lock:
            if self.endless:
                return next(self._endless)
            return self.left.popleft() if len(self.left) > 1 else self.left[0]


@dataclass
class Taken:
    """One message as it came in, what was done with it, and in which life of its sender."""

    key: str
    body: bytes
    headers: dict[str, str]
    done: str
    path: str = ""
    life: int = 0


@dataclass
class Receiver:
    """A receiver at work."""

    behaviour: Behaviour
    taken: list[Taken] = field(default_factory=list)
    came: threading.Condition = field(default_factory=threading.Condition)
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    life: int = 0
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def take(self, one: Taken) -> None:
        with self.came:
            one.life = self.life
            self.taken.append(one)
            self.came.notify_all()

    def wait_more(self, seconds: float) -> None:
        """Wait until something more comes in, or so long."""
        with self.came:
            now = len(self.taken)
            self.came.wait_for(lambda: len(self.taken) > now, seconds)

    def wait_for(self, count: int, timeout: float = 20.0) -> list[Taken]:
        """Wait until so many messages came in."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.taken) >= count, timeout), (
                f"only {len(self.taken)} came"
            )
            return list(self.taken)

    def kept(self) -> list[Taken]:
        """Return what it said yes to, or what it kept although we never heard so."""
        with self.came:
            return [one for one in self.taken if one.done in {"ok", "drop"}]


_STATUS = {"ok": 204, "200": 200, "400": 400, "302": 302, "410": 410, "429": 429, "500": 500}


@contextmanager
def web_receiver(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A web server on a free port of loopback."""
    receiver = Receiver(behaviour)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            done = behaviour.next()
            receiver.take(Taken(self.headers["Idempotency-Key"], body, dict(self.headers), done, self.path))
            receiver.before()
            if done == "hang":
                receiver.over.wait(30)
            if done in {"hang", "drop"}:
                self.close_connection = True
                return
            self.send_response(_STATUS[done])
            if done == "429":
                self.send_header("Retry-After", behaviour.retry_after)
            if done == "302":
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
            receiver.after()

        def do_GET(self) -> None:
            """Note who follows where we pointed."""
            receiver.take(Taken("", b"", dict(self.headers), "followed", self.path))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """A caller that was killed is no error of ours."""

    server = Server(("127.0.0.1", 0), Answer)
    receiver.port = server.server_port
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Mailbox:
    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def handle_DATA(self, server: SMTP, _session: object, envelope) -> str:  # noqa: N802  its name
        done = self._receiver.behaviour.next()
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self._receiver.take(Taken(str(mail["Idempotency-Key"]), envelope.content, dict(mail.items()), done))
        self._receiver.before()
        asyncio.get_running_loop().call_later(0.003, self._receiver.after)
        if done == "hang":
            await asyncio.to_thread(self._receiver.over.wait, 30)
        if done in {"hang", "drop"}:
            server.transport.abort()
        return {"ok": "250 taken", "500": "451 later", "429": "451 later", "400": "550 never"}.get(
            done, "250 taken"
        )


class _AnyPort(Controller):
    """Takes a free port, and knows which."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        if self.ssl_context:
            socket.create_connection(
                ("127.0.0.1", self.port), 1.0
            ).close()  # it asks for no greeting over TLS
        else:
            super()._trigger_server()


@contextmanager
def mail_receiver(
    behaviour: Behaviour,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    password: str = "",
) -> Iterator[Receiver]:
    """A mail server on a free port of loopback; with a password it lets nobody in who does not know it."""
    receiver = Receiver(behaviour)
    controller = _AnyPort(
        _Mailbox(receiver),
        hostname="127.0.0.1",
        port=0,
        tls_context=starttls,
        require_starttls=starttls is not None,
        ssl_context=tls,
        auth_required=bool(password),
        authenticator=lambda *said: AuthResult(success=said[-1].password == password.encode(), handled=False),
    )
    controller.start()
    receiver.port = controller.port
    try:
        yield receiver
    finally:
        receiver.over.set()
        controller.stop()


def read_mail(taken: Taken) -> EmailMessage:
    """Return a mail as its reader sees it."""
    mail = message_from_bytes(taken.body, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail
