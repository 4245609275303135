"""A bad morning: ten thousand promises break at 08:00.

How long telling takes is measured by bench/alerts.py. Here it only may not take longer than was asked for:
several times what it takes on two quiet cores.
"""

import asyncio
import re
from dataclasses import replace

import pytest
from components.alerts.receivers import Behaviour, mail_receiver, read_mail

from alerts.channels.mail import Mail, Security
from alerts.company import Company, Receiver
from alerts.deliveries import Deliveries
from alerts.delivery import State
from alerts.model import Address

MANY = 10_000
LIMIT = 60.0
"""Seconds from the first look at the log until every message and digest was handed over (issue 7)."""

PERFORMERS = ("logistics", "finance", "service", "workshop")


def _by_mail(company: Company) -> Company:
    """Return the company with mail for everybody."""

    def mailed(receiver: Receiver) -> Receiver:
        return replace(receiver, addresses=(Address("mail", f"{receiver.name}@company.example"),))

    units = {
        name: replace(unit, desk=mailed(unit.desk), head=mailed(unit.head))
        for name, unit in company.units.items()
    }
    return replace(company, units=units, management=mailed(company.management))


@pytest.mark.slow
async def test_ten_thousand_breaks_are_grouped_complete_in_the_digest_and_handed_over_in_a_minute(
    company, whole_story
):
    with mail_receiver(Behaviour()) as receiver:

        def mail(clock):
            return Mail("127.0.0.1", receiver.port, "bus@company.example", clock, Security.NONE)

        story = whole_story(_by_mail(company), mail=mail)
        for number in range(MANY):
            performer = PERFORMERS[number % len(PERFORMERS)]
            story.raised("9 Mar 08:00", "promise.broken", f"p{number}", performer=performer)
        async with asyncio.timeout(LIMIT):
            told = await story.told("9 Mar 08:40")
        mails = [(one.headers["To"], read_mail(one)) for one in receiver.taken]
    assert {one.state for one in Deliveries(story.ledger.connection).every()} == {State.SENT}
    messages = [one for one in told if one.level == "L0"]
    assert sorted((one.decided, one.receiver, len(one.keys)) for one in messages) == sorted(
        ("9 Mar 08:30", name, MANY // 4) for unit in PERFORMERS for name in (f"{unit}.head", "sales")
    )
    digests = {to: text for to, text in mails if "Open in" in text["Subject"]}
    assert _named(digests["sales@company.example"]) == {f"p{number}" for number in range(MANY)}
    for place, unit in enumerate(PERFORMERS):
        assert _named(digests[f"{unit}@company.example"]) == {
            f"p{number}" for number in range(place, MANY, 4)
        }


def _named(mail) -> set[str]:
    names = re.findall(r"customer C1, (p\d+)\r?\n", mail.get_body(("plain",)).get_content())
    assert len(names) == len(set(names))
    return set(names)
