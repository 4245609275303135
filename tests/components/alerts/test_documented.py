"""What docs/alerts.md tells others to do works as it stands there."""

import re
from pathlib import Path

from components.alerts.letter_one import LETTER_ONE
from components.alerts.receivers import Behaviour, web_receiver

from alerts.channels.http import Post
from alerts.channels.webhook import Webhook
from alerts.heartbeat import Heartbeat, beat
from klantbus.bus.clock import now

DOCS = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")


async def test_the_documented_check_of_a_webhook_takes_ours_and_no_other():
    [code] = re.findall(r"<!-- verify.*?-->\n```python\n(.*?)```", DOCS, re.DOTALL)
    documented: dict = {}
    exec(code, documented)  # noqa: S102  our own documentation
    is_ours = documented["is_ours"]
    with web_receiver(Behaviour()) as receiver:
        post = Post(now, frozenset({"127.0.0.1"}))
        await Webhook(post, now, b"secret").send(LETTER_ONE, f"http://127.0.0.1:{receiver.port}/x")
        [taken] = receiver.taken
    assert is_ours(taken.headers, taken.body, b"secret")
    assert not is_ours(taken.headers, taken.body, b"another secret")
    assert not is_ours(taken.headers, taken.body + b" ", b"secret")
    assert not is_ours({**taken.headers, "webhook-id": "another"}, taken.body, b"secret")
    assert not is_ours({**taken.headers, "webhook-timestamp": "1"}, taken.body, b"secret")


def test_the_documented_metrics_are_those_of_the_heartbeat(tmp_path):
    heart = tmp_path / "alerts.prom"
    beat(heart, Heartbeat(now(), 3, 1, 2, 1))
    told = {row.split()[0] for row in heart.read_text().splitlines() if not row.startswith("#")}
    assert told == set(re.findall(r"klantbus_alerts_[a-z_]+", DOCS))
