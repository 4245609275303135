"""What happens to a message whose receiver does not take it: row N15, and the manners of waiting."""

from dataclasses import replace
from datetime import timedelta

import pytest
from components.alerts.receivers import Behaviour, mail_receiver, web_receiver
from components.alerts.tale import at

from alerts.channels.http import Post
from alerts.channels.mail import Mail, Security
from alerts.channels.webhook import Webhook
from alerts.deliveries import Deliveries
from alerts.delivery import State
from alerts.model import Address

BROKEN = "promise.broken"


def _called_at(company, address):
    """Return the company with another address for the head of logistics."""
    logistics = company.units["logistics"]
    head = replace(logistics.head, addresses=(address,))
    return replace(company, units={**company.units, "logistics": replace(logistics, head=head)})


def _hooked(port):
    return Address("webhook", f"http://127.0.0.1:{port}/hook")


def _webhook(clock):
    return Webhook(Post(clock, frozenset({"127.0.0.1"}), patience=1.5), clock)


def _of_head(story):
    return [one for one in Deliveries(story.ledger.connection).every() if one.receiver == "logistics.head"]


async def test_n15_a_channel_that_fails_is_shown_and_delays_no_further_step(company, whole_story):
    with web_receiver(Behaviour(("500",))) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        alert = story.raised("9 Mar 10:00", BROKEN, "p1")
        told = await story.told("9 Mar 14:30")
    assert story.ledger.alert(alert).status == "open"
    assert Deliveries(story.ledger.connection).failed_alerts() == {alert}
    first, second = _of_head(story)
    assert (first.failed, first.state, first.answer) == (True, State.WAITING, "HTTP 500")
    assert first.attempts >= 3
    assert second.level == "L1"
    assert [(one.decided, one.level) for one in told if one.level in {"L1", "L2"}] == [
        ("9 Mar 12:00", "L1"),
        ("9 Mar 14:00", "L2"),
        ("9 Mar 14:00", "L2"),
    ]


async def test_n15_mail_that_fails_is_shown_and_delays_no_further_step(company, whole_story):
    with mail_receiver(Behaviour(("500",))) as receiver:

        def mail(clock):
            return Mail("127.0.0.1", receiver.port, "bus@company.example", clock, Security.NONE)

        story = whole_story(_called_at(company, Address("mail", "head@company.example")), mail=mail)
        alert = story.raised("9 Mar 10:00", BROKEN, "p1")
        told = await story.told("9 Mar 14:30")
    assert story.ledger.alert(alert).status == "open"
    assert Deliveries(story.ledger.connection).failed_alerts() == {alert}
    assert [(one.failed, one.answer) for one in _of_head(story)] == [(True, "SMTP 451")] * 2
    assert {one.decided for one in told if one.level == "L2"} == {"9 Mar 14:00"}


async def test_a_receiver_that_comes_back_gets_the_message_once_under_its_first_key(company, whole_story):
    with web_receiver(Behaviour(("500", "hang", "ok"))) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        await story.told("9 Mar 11:00")
        taken = receiver.taken
    assert [one.done for one in taken] == ["500", "hang", "ok"]
    assert len({one.key for one in taken}) == 1
    assert [one.state for one in _of_head(story)] == [State.SENT]


async def test_who_asks_us_to_wait_is_left_alone_so_long(company, whole_story):
    with web_receiver(Behaviour(("429", "ok"))) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1", severity="critical")
        story.clock.now = story.facts[0][0]
        story.source.facts = story.facts
        await story.alerter.read_more(0.0)
        story.alerter.go_round()
        await story.alerter.hand_over()
        [delivery] = _of_head(story)
    assert delivery.try_at - story.clock.now >= timedelta(seconds=1)


async def test_who_asks_us_to_wait_is_left_alone_with_what_is_decided_meanwhile_too(company, whole_story):
    with web_receiver(Behaviour(("429", "ok"), retry_after="1800")) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        story.raised("9 Mar 10:20", BROKEN, "p2")
        await story.told("9 Mar 10:34")
        assert len(receiver.taken) == 1
        assert {one.try_at for one in _of_head(story)} == {at("9 Mar 10:35")}
        await story.told("9 Mar 10:40")
        assert len(receiver.taken) == 3
    assert [one.state for one in _of_head(story)] == [State.SENT, State.SENT]


@pytest.mark.parametrize("asked", ["999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_nobody_mutes_us_for_longer_than_a_day(company, whole_story, asked):
    with web_receiver(Behaviour(("429", "ok"), retry_after=asked)) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        await story.told("9 Mar 10:10")
        [delivery] = _of_head(story)
    assert delivery.try_at == at("10 Mar 10:05")


async def test_who_is_gone_stays_gone_until_somebody_says_otherwise(company, whole_story):
    with web_receiver(Behaviour(("410", "ok"))) as receiver:
        address = _hooked(receiver.port)
        story = whole_story(_called_at(company, address), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        await story.told("9 Mar 12:30")
        deliveries = Deliveries(story.ledger.connection)
        assert deliveries.gone() == {address: at("9 Mar 10:05")}
        assert deliveries.call_again(address)
        assert not deliveries.call_again(address)
        story.raised("9 Mar 16:00", BROKEN, "p2")
        await story.told("9 Mar 16:10")
        assert [one.done for one in receiver.taken] == ["410", "ok"]


async def test_who_is_gone_is_never_called_again(company, whole_story):
    with web_receiver(Behaviour(("410",))) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        await story.told("9 Mar 12:30")
        assert len(receiver.taken) == 1
    assert [one.state for one in _of_head(story)] == [State.GONE, State.GONE]


@pytest.mark.parametrize("no", ["400", "302"])
async def test_a_no_is_not_asked_again(company, whole_story, no):
    with web_receiver(Behaviour((no,))) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        await story.told("9 Mar 11:30")
        assert len(receiver.taken) == 1
    assert [(one.state, one.failed) for one in _of_head(story)] == [(State.REFUSED, True)]


async def test_a_message_that_nobody_took_is_dropped_when_its_alert_is_over(company, whole_story):
    with web_receiver(Behaviour(("500",))) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        story.resolved("9 Mar 10:06", BROKEN, "p1", reason="was_kept")
        await story.told("9 Mar 12:30")
    assert _of_head(story)[0].state == State.OVERTAKEN


async def test_a_mail_server_that_drops_the_line_gets_the_same_mail_again(company, whole_story):
    with mail_receiver(Behaviour(("drop", "500", "ok"))) as receiver:

        def mail(clock):
            return Mail("127.0.0.1", receiver.port, "bus@company.example", clock, Security.NONE, patience=2.0)

        story = whole_story(_called_at(company, Address("mail", "head@company.example")), mail=mail)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        await story.told("9 Mar 11:00")
        assert [one.done for one in receiver.taken] == ["drop", "500", "ok"]
        assert len({one.headers["Message-ID"] for one in receiver.taken}) == 1
    assert [one.state for one in _of_head(story)] == [State.SENT]


async def test_a_hanging_receiver_does_not_hold_up_the_others(company, whole_story):
    with web_receiver(Behaviour(("hang",))) as receiver:
        story = whole_story(_called_at(company, _hooked(receiver.port)), webhook=_webhook)
        story.raised("9 Mar 10:00", BROKEN, "p1")
        await story.told("9 Mar 10:30")
    states = {one.receiver: one.state for one in Deliveries(story.ledger.connection).every()}
    assert states["sales"] == State.SENT
    assert states["logistics.head"] == State.WAITING
