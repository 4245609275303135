"""The demo's week: its scenes, the customers with whom nothing is the matter, and signs of life."""

import random
from datetime import datetime

from apps.demo.cast import Told, Week
from apps.demo.scenes import SCENES, brought, promised
from klantbus.domain import events as e
from klantbus.domain.calendar import Calendar

CUSTOMERS = 200
LATE = 0.1  # one in ten, as in a company that is not bad at it
DEPARTMENTS = ("sales", "telephony", "logistics", "finance", "service", "engineering")


def week_before(now: datetime, calendar: Calendar, seed: int = 7) -> list[Told]:
    """Return all that was told in the working week before `now`, in the order in which the bus heard it."""
    week = Week(now, calendar)
    for number, scene in enumerate(SCENES, start=1):
        customer = f"K{1000 + number}"
        _registered(week, customer, scene.__name__.removeprefix("_").replace("_", " "))
        scene(week, customer)
    _ordinary_customers(week, random.Random(seed))  # noqa: S311  a made-up company, no secrets
    _heartbeats(week)
    return sorted((told for told in week.told if told.published <= now), key=lambda told: told.published)


def _registered(week: Week, customer: str, name: str) -> None:
    said = e.CustomerRegistered(
        name=f"Firma {name}",
        segment="trade",
        account_owner="m17",
        language="nl",
        phones=(f"020 555 {customer[1:]}",),
    )
    week.say("sales", customer, said, week.day(-9, "09:00"))


def _ordinary_customers(week: Week, chance: random.Random) -> None:
    for number in range(len(SCENES) + 1, CUSTOMERS + 1):
        customer = f"K{1000 + number}"
        _registered(week, customer, str(number))
        due = chance.choice((-3, -2, -1, 1, 2))
        promised(week, customer, due, made_back=-5)
        if due < 0:
            late = chance.random() < LATE
            week.say("logistics", customer, brought(customer), week.day(due + late, "13:30"))


def _heartbeats(week: Week) -> None:
    for back in range(-6, 1):
        for clock in ("08:31", "11:00", "13:30", "16:00"):
            for department in DEPARTMENTS:
                week.say(department, department, e.DepartmentHeartbeat(), week.day(back, clock))
