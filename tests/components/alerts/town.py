"""A company in a folder: a journal, a ledger, a departments.toml whose addresses end at our receivers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from components.alerts.receivers import Receiver

from klantbus.bus.codec import decode
from klantbus.bus.departments import load_departments
from klantbus.bus.open import open_log
from klantbus.bus.ports import Record
from klantbus.bus.reading import record_of
from klantbus.bus.topics import ALERTS, EVENTS, topic_specs
from klantbus.domain.events import Fact

KLANTBUS = Path(sys.executable).with_name("klantbus")
RUN = (str(KLANTBUS), "alert", "run")

DEPARTMENTS = """
[company]
calendar = "always"
language = "en"
management = {{ channels = ["webhook:{url}/management"] }}
operations = {{ channels = ["webhook:{url}/operations"] }}

[calendars.always]
open = {{ "mon-sun" = ["00:00-24:00"] }}
holidays = "none"

[everyone]
may_state = ["alert.acknowledged", "alert.assigned", "alert.snoozed"]

[departments.sales]
title = {{ en = "Sales", nl = "Verkoop" }}
systems = ["crm"]
channels = ["{sales}"]
head = {{ channels = ["webhook:{url}/sales-head"] }}

[departments.logistics]
title = {{ en = "Logistics", nl = "Logistiek" }}
systems = ["wms"]
channels = ["webhook:{url}/logistics"]
head = {{ channels = ["webhook:{url}/logistics-head"] }}

[people.E1]
channels = ["webhook:{url}/e1"]
"""


class Town:
    """A folder with a log, a ledger and a departments.toml whose webhooks end at `receiver`."""

    def __init__(
        self,
        folder: Path,
        receiver: Receiver,
        mail: Receiver | None = None,
        patience: float = 0.5,
        log: str = "",
    ) -> None:
        self.folder = folder
        self.told = 0
        self.receiver = receiver
        self.log = log or f"journal://{folder / 'journal.sqlite'}"
        departments = folder / "departments.toml"
        departments.write_text(
            DEPARTMENTS.format(
                url=f"http://127.0.0.1:{receiver.port}",
                sales="mail:sales@company.example"
                if mail
                else f"webhook:http://127.0.0.1:{receiver.port}/sales",
            )
        )
        self.departments = load_departments(departments)
        self.environment = {
            **os.environ,
            "KLANTBUS_DATA": str(folder),
            "KLANTBUS_LOG": self.log,
            "KLANTBUS_DEPARTMENTS": str(departments),
            "KLANTBUS_ALERTS_ALLOWED_HOSTS": '["127.0.0.1"]',
            "KLANTBUS_ALERTS_GROUP_WAIT": "0.2",
            "KLANTBUS_ALERTS_WEBHOOK_SECRET": "s3cret-of-the-webhook",
            "KLANTBUS_ALERTS_SMTP_PORT": str(mail.port if mail else 25),
            "KLANTBUS_ALERTS_SMTP_SECURITY": "none",
            "KLANTBUS_ALERTS_PATIENCE": str(patience),
            "KLANTBUS_ALERTS_PAUSES": "[0.05, 0.2]",
        }

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(KLANTBUS), "alert", *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    async def publish(self, *facts: Fact) -> None:
        self.told += len(facts)
        log = await open_log(self.log)
        await log.create(topic_specs(self.departments))
        publisher = await log.publisher()
        await publisher.publish([_record(fact) for fact in facts])
        await publisher.close()
        await log.close()

    async def stated(self, department: str) -> list[Fact]:
        """Return what a department has said on the bus."""
        log = await open_log(self.log)
        follower = await log.follower([EVENTS + department])
        facts = [decode(record.value, record.headers) for record in (await follower.batch(wait=0.0)).records]
        await follower.close()
        await log.close()
        return facts

    @contextmanager
    def alerter(
        self, *, quietly: bool = False, command: Sequence[str] = RUN
    ) -> Iterator[subprocess.Popen[str]]:
        """Run an alerter for a while; `quietly` does not ask how it ended."""
        with (self.folder / "alerter.log").open("a") as output:
            process = subprocess.Popen([*command], env=self.environment, stderr=output, text=True)
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(20)
                assert quietly or process.returncode == 0


def _record(fact: Fact) -> Record:
    return record_of(fact, ALERTS)


def broken(promise: str, alert: str, performer: str = "logistics") -> Fact:
    now = datetime.now(UTC)
    data = {
        "alert_id": alert,
        "kind": "promise.broken",
        "key": promise,
        "severity": "high",
        "at": now,
        "promise_id": promise,
        "promise_kind": "delivery",
        "made_by": "sales",
        "performer": performer,
        "as_said": "De man met de hoed krijgt het vrijdag",
    }
    return Fact.model_validate(
        {
            "id": f"raised-{alert}",
            "source": "/bus/judge",
            "type": "alert.raised",
            "subject": "C1",
            "time": now,
            "recordedtime": now,
            "data": data,
        }
    )
