"""Health and metrics on loopback: `/health` says how each part stands, `/metrics` counts for Prometheus."""

import errno
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import TYPE_CHECKING, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import orjson
from prometheus_client import CollectorRegistry, generate_latest

from alerts.heartbeat import SILENT_AFTER, Heartbeat, last_beat
from klantbus.bus import clock
from projections.projector import latest_edition
from streams.exporter import Exporter
from streams.figures import Figures

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: a request is no event."""


class Health:
    """Serves health and metrics of one process while it is entered; a taken port becomes a free one."""

    def __init__(
        self, host: str, port: int, place: Path, heart: Path, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._place = place
        self._heart = heart
        self._now = now
        self._since = now()
        self._figures: Figures | None = None  # workers of their own show theirs themselves
        self._registry = CollectorRegistry()
        self._server = _serving(host, port, self._answer)
        self.address = f"http://{host}:{self._server.server_port}"

    def show(self, figures: Figures) -> None:
        """Take the figures of the promise watch."""
        self._figures = figures
        self._registry.register(Exporter(figures, "w0"))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, asked: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if asked["PATH_INFO"] == "/metrics":
            return _reply(start, HTTPStatus.OK, "text/plain; version=0.0.4", generate_latest(self._registry))
        if asked["PATH_INFO"] != "/health":
            return _reply(start, HTTPStatus.NOT_FOUND, "text/plain", b"try /health or /metrics\n")
        report = self.report()
        status = HTTPStatus.OK if report["ok"] else HTTPStatus.SERVICE_UNAVAILABLE
        return _reply(start, status, "application/json", orjson.dumps(report))

    def report(self) -> dict[str, object]:
        """Return how each part stands."""
        edition = latest_edition(self._place)
        beaten = last_beat(self._heart)
        seen = self._figures
        return {
            "ok": not (seen and seen.held) and not self._is_silent(beaten),
            "judgement_held": seen and seen.held,
            "facts_judged": seen and seen.facts,
            "behind": seen and seen.lag,
            "edition": edition.number if edition else None,
            "edition_as_of": edition.as_of if edition else None,
            "alerter_seen": beaten.at if beaten else None,
            "alerts_open": beaten.open if beaten else 0,
            "messages_undelivered": beaten.undelivered if beaten else 0,
        }

    def _is_silent(self, beaten: Heartbeat | None) -> bool:
        """Tell whether the alerter has been silent for too long since this process started, or ever."""
        last = max(beaten.at, self._since) if beaten else self._since
        return self._now() - last > SILENT_AFTER


def _serving(host: str, port: int, answer: "WSGIApplication") -> WSGIServer:
    try:
        return make_server(host, port, answer, _Server, _Quiet)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return make_server(host, 0, answer, _Server, _Quiet)


def _reply(start: "StartResponse", status: HTTPStatus, kind: str, body: bytes) -> Iterable[bytes]:
    start(f"{status.value} {status.phrase}", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
