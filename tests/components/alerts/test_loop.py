"""The loop on a real clock: it bears a log that is away, and it beats."""

import asyncio
from dataclasses import replace

import pytest

from alerts.deliveries import Deliveries
from alerts.heartbeat import Heartbeat, beat, last_beat
from alerts.ledger import MEMORY, Ledger
from alerts.loop import Alerter, Setting
from alerts.model import Address
from alerts.policy import Policy
from alerts.sending import Turnstile, reveal
from klantbus.bus import clock
from klantbus.bus.codec import decode
from klantbus.bus.errors import LogUnavailable
from klantbus.bus.intake import Arrival, Facts
from klantbus.bus.journal import Journal
from klantbus.bus.ports import Lane, Place, TopicSpec
from klantbus.bus.topics import ALERTS


class AwayAtFirst:
    """A log that answers from the third time on."""

    def __init__(self, source) -> None:
        self.asked = 0
        self._source = source

    async def batch(self, *, limit: int, wait: float) -> Facts:
        self.asked += 1
        if self.asked < 3:
            raise LogUnavailable("the broker is away")
        await asyncio.sleep(min(wait, 0.01))
        return await self._source.batch(limit=limit, wait=wait)


class Endless:
    """A log that always has more than one batch, and in which somebody says stop at the third."""

    def __init__(self, arrival: Arrival, stop: asyncio.Event) -> None:
        self.asked = 0
        self._arrival = arrival
        self._stop = stop

    async def batch(self, *, limit: int, wait: float) -> Facts:  # noqa: ARG002  it has no reason to wait
        await asyncio.sleep(0)
        self.asked += 1
        if self.asked == 3:
            self._stop.set()
        return Facts([self._arrival] * limit, {Lane(ALERTS, 0): self.asked * limit})


class Noting:
    """A channel that says when something came."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    async def send(self, _letter, _to) -> str:
        self.came.set()
        return "noted"


async def test_a_log_that_is_away_is_asked_again(company, whole_story, tmp_path):
    story = whole_story(company)
    story.raised("2 Mar 10:00", "promise.broken", "p1", severity="critical")
    story.source.facts = story.facts
    story.clock.now = story.facts[0][0]
    channel, heart = Noting(), tmp_path / "heart.json"
    setting = Setting(company, Policy(), "http://127.0.0.1:8080", story.clock, heart)
    ledger = Ledger.open(MEMORY)
    stop = asyncio.Event()
    alerter = Alerter(ledger, AwayAtFirst(story.source), {"file": channel}, setting)
    running = asyncio.create_task(alerter.run(stop, {}))
    async with asyncio.timeout(10):
        await channel.came.wait()
    stop.set()
    await running
    assert last_beat(heart).open == 1


@pytest.mark.parametrize("end", [0, 1_000_000], ids=["at work", "catching up"])
async def test_a_log_without_end_does_not_keep_it_from_stopping(company, whole_story, end):
    story, stop = whole_story(company), asyncio.Event()
    story.raised("2 Mar 10:00", "promise.broken", "p1")
    _, fact = story.facts[0]
    source = Endless(Arrival(fact, Place(ALERTS, 0, 0), story.clock.now), stop)
    setting = Setting(company, Policy(), "http://127.0.0.1:8080", story.clock)
    alerter = Alerter(Ledger.open(MEMORY), source, {"file": Noting()}, setting)
    async with asyncio.timeout(30):
        await alerter.run(stop, {Lane(ALERTS, 0): end})
    assert source.asked == 3


@pytest.mark.parametrize("name", ["heart.json", "alerts.prom"])
def test_a_heartbeat_is_read_back_and_grows_old(tmp_path, name):
    now = clock.now().replace(microsecond=250_000)
    heart = tmp_path / name
    beat(heart, Heartbeat(now, 3, 1, 2, 4))
    assert last_beat(heart) == Heartbeat(now, 3, 1, 2, 4)
    assert not last_beat(heart).is_silent(now)
    assert Heartbeat(now, 0, 0, 0).is_silent(now.replace(year=now.year + 1))


@pytest.mark.parametrize("text", ["", "{", '{"at": "never"}', "[]"])
def test_a_torn_heartbeat_is_no_heartbeat(tmp_path, text):
    heart = tmp_path / "heart.json"
    heart.write_text(text)
    assert last_beat(heart) is None


SEEN = "klantbus_alerts_heartbeat_timestamp_seconds"


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{SEEN} 1764000000\n",
        f"{SEEN} never\nklantbus_alerts_open 1\nklantbus_alerts_held 1\nklantbus_alerts_undelivered 1\n",
        f"{SEEN}\n",
        "klantbus_alerts_open 1 2 3\n",
        "\udcff",
    ],
)
def test_a_torn_heartbeat_for_prometheus_is_none_either(tmp_path, text):
    heart = tmp_path / "alerts.prom"
    heart.write_bytes(text.encode(errors="surrogateescape"))
    assert last_beat(heart) is None


def test_a_heartbeat_for_prometheus(tmp_path):
    heart = tmp_path / "alerts.prom"
    beat(heart, Heartbeat(clock.now(), 3, 1, 2))
    rows = dict(row.split() for row in heart.read_text().splitlines() if not row.startswith("#"))
    assert rows["klantbus_alerts_open"] == "3"
    assert float(rows["klantbus_alerts_heartbeat_timestamp_seconds"]) > 1e9


async def test_one_passes_the_turnstile_at_a_time_unless_one_is_slow():
    turnstile = Turnstile(young=0.05)
    inside: list[str] = []
    slow_may_go = asyncio.Event()

    async def pass_slowly() -> None:
        async with turnstile.one_by_one():
            inside.append("slow in")
            await slow_may_go.wait()
            inside.append("slow out")

    async def pass_quickly() -> None:
        async with turnstile.one_by_one():
            inside.append("quick")

    slow = asyncio.create_task(pass_slowly())
    await asyncio.sleep(0)
    await pass_quickly()
    slow_may_go.set()
    await slow
    await pass_quickly()
    assert inside == ["slow in", "quick", "slow out", "quick"]


async def test_a_secret_address_stands_in_the_environment_only(company, whole_story):
    secret = replace(company.management, addresses=(Address("file", "env:SECRET_HOOK"),))
    logistics = company.units["logistics"]
    units = {**company.units, "logistics": replace(logistics, head=replace(secret, name="logistics.head"))}
    story = whole_story(replace(company, units=units))
    story.raised("9 Mar 10:00", "promise.broken", "p1")
    await story.told("9 Mar 10:30")
    [row] = [one for one in Deliveries(story.ledger.connection).every() if one.receiver == "logistics.head"]
    assert (row.address.to, row.state) == ("env:SECRET_HOOK", "refused")
    assert row.answer == "the address SECRET_HOOK is not in the environment"
    assert reveal("env:SECRET_HOOK", {"SECRET_HOOK": "https://hooks.example/T0/B0"}).startswith(
        "https://hooks"
    )


class AwayOnce:
    """A publisher that has the facts and does not say so, the first time."""

    def __init__(self, publisher) -> None:
        self._publisher = publisher
        self.asked = 0

    async def publish(self, records):
        self.asked += 1
        places = await self._publisher.publish(records)
        if self.asked == 1:
            raise LogUnavailable("the answer was lost")
        return places


async def test_the_bus_is_told_which_alerts_went_up_and_a_repeat_is_recognised(company, whole_story):
    journal = Journal(":memory:")
    await journal.create([TopicSpec(ALERTS)])
    publisher = AwayOnce(await journal.publisher())
    story = whole_story(company)
    alert = story.raised("9 Mar 10:00", "promise.broken", "p1")
    await story.told("10 Mar 09:00")
    setting = Setting(company, Policy(), "http://127.0.0.1:8080", story.clock)
    alerter = Alerter(story.ledger, story.source, {}, setting, publisher)
    for _ in range(3):
        await alerter._state_or_bear_it()
    follower = await journal.follower([ALERTS])
    facts = [decode(record.value, record.headers) for record in (await follower.batch(wait=0.0)).records]
    await journal.close()
    assert publisher.asked == 2
    assert [fact.data.level for fact in facts] == [1, 2, 3, 1, 2, 3]
    assert len({fact.id for fact in facts}) == 3
    assert {(fact.type, fact.data.alert_id, fact.subject) for fact in facts} == {
        ("alert.escalated", alert, "C1")
    }
    assert story.ledger.unstated(10) == []


class Slow:
    """A channel that answers when it is let."""

    def __init__(self) -> None:
        self.sent = 0
        self.came = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def send(self, _letter, _to) -> str:
        self.sent += 1
        self.came.set()
        await self.may_answer.wait()
        return "taken at last"


async def test_who_is_stopped_waits_for_the_answer_that_is_on_its_way(company, whole_story):
    story = whole_story(company)
    story.raised("2 Mar 10:00", "promise.broken", "p1", severity="critical")
    story.source.facts = story.facts
    story.clock.now = story.facts[0][0]
    channel, ledger, stop = Slow(), Ledger.open(MEMORY), asyncio.Event()
    setting = Setting(company, Policy(), "http://127.0.0.1:8080", story.clock)
    running = asyncio.create_task(Alerter(ledger, story.source, {"file": channel}, setting).run(stop, {}))
    async with asyncio.timeout(20):
        await channel.came.wait()
        stop.set()
        asyncio.get_running_loop().call_later(0.05, channel.may_answer.set)
        await running
    states = [one.state for one in Deliveries(ledger.connection).every()]
    assert states.count("sending") == 0
    assert states.count("sent") == channel.sent >= 1
