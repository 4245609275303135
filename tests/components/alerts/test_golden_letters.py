"""Every sort of letter as people read it, whole, in both languages: letters/nl.txt and letters/en.txt.

When a wording changes, read the new one with your own eyes and write it down: KLANTBUS_GOLDEN=write.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.channels.text import as_text
from alerts.company import Company, Receiver, Unit
from alerts.deliveries import Deliveries
from alerts.letter import LETTER
from klantbus.bus.departments import Language

FOLDER = Path(__file__).with_name("letters")
BROKEN, RISK, SILENT = "promise.broken", "promise.at_risk", "info.silent_department"
TITLES = {
    Language.ENGLISH: {
        "sales": "Sales",
        "logistics": "Logistics",
        "finance": "Finance",
        "workshop": "Workshop",
    },
    Language.DUTCH: {
        "sales": "Verkoop",
        "logistics": "Logistiek",
        "finance": "Financiën",
        "workshop": "Werkplaats",
    },
}
SAID = {
    Language.ENGLISH: ("You have it on Friday at the latest", "Where is my pump?", "The fair is on Monday"),
    Language.DUTCH: ("U heeft het uiterlijk vrijdag", "Waar blijft mijn pomp?", "Maandag is de beurs"),
}


def _speaking(company: Company, language: Language) -> Company:
    def spoken_to(receiver: Receiver) -> Receiver:
        return replace(receiver, language=language)

    def unit(one: Unit) -> Unit:
        title = TITLES[language].get(one.name, one.name.title())
        on_call = spoken_to(one.on_call) if one.on_call else None
        return replace(
            one, desk=spoken_to(one.desk), head=spoken_to(one.head), on_call=on_call, titles={language: title}
        )

    return Company(
        {name: unit(one) for name, one in company.units.items()},
        spoken_to(company.management),
        spoken_to(company.operations) if company.operations else None,
        {name: spoken_to(one) for name, one in company.people.items()},
    )


def _tell(story, words: tuple[str, str, str]) -> None:
    promised, asked, note = words
    friday, today = "2026-03-06T16:00:00Z", "2026-03-09T16:00:00Z"
    part = [
        {"sku": "A", "promised": "10", "fulfilled": "6"},
        {"sku": "B", "promised": "2.5", "fulfilled": "1"},
    ]
    story.raised("9 Mar 09:00", BROKEN, "P1", due=friday, as_said=promised, note=note)
    story.resolved("9 Mar 13:00", BROKEN, "P1", reason="was_kept", lag_minutes=270)
    story.raised("9 Mar 09:10", BROKEN, "P2", due=friday, as_said=promised, lines=part, severity="critical")
    risk = {"due": today, "as_said": promised, "severity": "warning", "promise_kind": "callback"}
    taken_on = story.raised("9 Mar 09:20", RISK, "P3", cause="promise.overdue:H3", **risk)
    story.acked("9 Mar 09:40", taken_on, by="E1")
    for number in range(3):
        story.raised(f"9 Mar 09:3{number}", BROKEN, f"P4{number}", performer="sales", as_said=promised)
    hand_off = {"performer": "workshop", "promise_kind": "handoff", "as_said": "", "promise_id": "H5"}
    story.raised("9 Mar 09:50", "handoff.missing", "H5", **hand_off)
    finance = {"performer": None, "department": "finance", "promise_kind": None, "as_said": ""}
    story.raised("9 Mar 10:00", "invoice.price_mismatch", "F6", **finance)
    bare = {"promise_kind": None, "made_by": None, "severity": "warning"}
    story.raised("9 Mar 10:10", "contact.chasing", "C1", as_said=asked, **bare, owner="E2")
    story.raised("9 Mar 10:20", SILENT, "logistics", department="logistics", **bare, as_said="")
    for number in range(5):
        story.raised("9 Mar 11:00", BROKEN, f"P7{number}", as_said=promised)
    story.raised("10 Mar 09:00", BROKEN, "P8", as_said=promised, known="10 Mar 16:00")
    story.resolved("10 Mar 10:00", BROKEN, "P8", reason="kept_late", known="10 Mar 16:00")
    story.raised(
        "10 Mar 09:00", "opportunity.unfollowed", "O9", **bare, performer="sales", known="10 Mar 16:00"
    )


def _read(story) -> str:
    """Return the first letter of each rung and kind, as its reader sees it."""
    first: dict[tuple[str, str], str] = {}
    for row in Deliveries(story.ledger.connection).every():
        letter = LETTER.validate_json(row.letter)
        text = f"## {row.level}, {row.receiver}\n\n{letter.subject}\n\n{as_text(letter)}\n"
        first.setdefault((letter.level, letter.kind), text)
    return "".join(first.values())


@pytest.mark.parametrize("language", Language)
async def test_letters_read_as_they_were_last_read_by_a_person(company, whole_story, language):
    story = whole_story(_speaking(company, language))
    _tell(story, SAID[language])
    await story.told("10 Mar 17:00")
    golden = FOLDER / f"{language}.txt"
    if os.environ.get("KLANTBUS_GOLDEN") == "write":
        golden.write_text(_read(story), encoding="utf-8")
    assert _read(story) == golden.read_text(encoding="utf-8")
