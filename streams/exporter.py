"""The figures as Prometheus reads them, on loopback. Nothing is counted here; it only asks."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.figures import Figures

_PREFIX = "klantbus_streams"
_COUNTED = {
    "facts": "Facts judged.",
    "verdicts": "Verdicts published.",
    "edges": "Alert edges published.",
    "parked": "Records put aside, unreadable or waiting.",
    "batches": "Batches judged.",
    "swept": "Customers looked at because time passed.",
    "sweeps": "Looks at what is due.",
    "republished": "Writes that the log did not confirm at once.",
    "rebuilt": "Stores made anew.",
}
_STANDS = {
    "largest_batch": "Facts in the largest batch.",
    "lag": "Records in the log that are not judged.",
    "read": "Records of departments that its partitions have judged since the log began.",
    "slices": "Partitions that this worker judges.",
    "held": "1 while judgement is held because clocks disagree.",
    "behind_seconds": "How far judged time is behind the log's.",
}


class Exporter(Collector):
    """Tells a worker's figures, under its name."""

    def __init__(self, figures: Figures, worker: str) -> None:
        self._figures = figures
        self._worker = worker

    def collect(self) -> Iterator[Metric]:
        """Return the figures as they are now."""
        for name, line in _COUNTED.items():
            counter = CounterMetricFamily(f"{_PREFIX}_{name}", line, labels=["worker"])
            counter.add_metric([self._worker], getattr(self._figures, name))
            yield counter
        for name, line in _STANDS.items():
            gauge = GaugeMetricFamily(f"{_PREFIX}_{name}", line, labels=["worker"])
            gauge.add_metric([self._worker], float(getattr(self._figures, name)))
            yield gauge


@contextmanager
def exported(
    figures: Figures, worker: str, port: int | None, tell: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Serve the figures on loopback `port` meanwhile, None serves nothing; a taken port becomes a free one.

    `tell` hears where, when it is not the port that was asked for.
    """
    if port is None:
        yield
        return
    registry = CollectorRegistry()
    registry.register(Exporter(figures, worker))
    try:
        server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
        tell(f"port {port} is taken; metrics of {worker}: http://127.0.0.1:{server.server_port}/metrics")
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
