"""A sign of life that something else can watch: an alerter that has gone silent must be noticed by others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter

SILENT_AFTER = timedelta(seconds=60)
PROMETHEUS = ".prom"
"""The name of a heartbeat file in Prometheus' text format ends so."""

_PREFIX = "klantbus_alerts_"
_METRICS = """# HELP klantbus_alerts_heartbeat_timestamp_seconds When the alerter last went round.
# TYPE klantbus_alerts_heartbeat_timestamp_seconds gauge
klantbus_alerts_heartbeat_timestamp_seconds {at:.3f}
# HELP klantbus_alerts_open Alerts that stand open.
# TYPE klantbus_alerts_open gauge
klantbus_alerts_open {open}
# HELP klantbus_alerts_held Alerts kept quiet because another one explains them.
# TYPE klantbus_alerts_held gauge
klantbus_alerts_held {held}
# HELP klantbus_alerts_undelivered Messages that did not arrive so far.
# TYPE klantbus_alerts_undelivered gauge
klantbus_alerts_undelivered {undelivered}
# HELP klantbus_alerts_gone Addresses that asked never to be called again.
# TYPE klantbus_alerts_gone gauge
klantbus_alerts_gone {gone}
"""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How the alerter was when it last went round."""

    at: datetime
    open: int
    held: int
    undelivered: int
    gone: int = 0

    def is_silent(self, now: datetime) -> bool:
        """Return whether it is too long ago."""
        return now - self.at > SILENT_AFTER


_HEARTBEAT: TypeAdapter[Heartbeat] = TypeAdapter(Heartbeat)


def beat(path: Path, heartbeat: Heartbeat) -> None:
    """Write the heartbeat: JSON, or Prometheus' text format when the name ends in .prom."""
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(
        _as_metrics(heartbeat) if path.suffix == PROMETHEUS else _HEARTBEAT.dump_json(heartbeat)
    )
    draft.replace(path)


def last_beat(path: Path) -> Heartbeat | None:
    """Return the last heartbeat written to a file of either format, or None when there is none to read."""
    try:
        said = path.read_bytes()
        if path.suffix == PROMETHEUS:
            return _HEARTBEAT.validate_python(_of_metrics(said.decode()))
        return _HEARTBEAT.validate_json(said)
    except (OSError, ValueError):  # what is torn or foreign, in bytes, JSON or fields
        return None


def _as_metrics(heartbeat: Heartbeat) -> bytes:
    return _METRICS.format(
        at=heartbeat.at.timestamp(),
        open=heartbeat.open,
        held=heartbeat.held,
        undelivered=heartbeat.undelivered,
        gone=heartbeat.gone,
    ).encode()


def _of_metrics(text: str) -> dict[str, str]:
    """Return the fields of a heartbeat as they stand in metrics. Raises `ValueError`."""
    rows = [row.split() for row in text.splitlines() if row.startswith(_PREFIX)]
    told = {name.removeprefix(_PREFIX): value for name, value in rows}
    return {"at": told.pop("heartbeat_timestamp_seconds", ""), **told}
