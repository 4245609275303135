"""What `/health` says of an alerter that lives, that died, and that never came to life."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from alerts.heartbeat import Heartbeat, beat
from apps.health import Health

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_beat", "seconds", "status"),
    [
        (None, 30, 200),
        (None, 61, 503),
        (timedelta(hours=-1), 30, 200),  # of the run before
        (timedelta(hours=-1), 61, 503),
        (timedelta(seconds=50), 61, 200),
        (timedelta(seconds=50), 111, 503),
    ],
)
def test_it_is_well_while_the_alerter_was_heard_of_within_a_minute(tmp_path, last_beat, seconds, status):
    heart, moments = tmp_path / "heart.json", [START]
    with Health("127.0.0.1", 0, tmp_path, heart, now=lambda: moments[-1]) as health:
        if last_beat is not None:
            beat(heart, Heartbeat(START + last_beat, 0, 0, 0))
        moments.append(START + timedelta(seconds=seconds))
        assert httpx.get(f"{health.address}/health", trust_env=False).status_code == status
