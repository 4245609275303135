"""The company as departments.toml has it, in the words of this room."""

from collections.abc import Sequence

from alerts.company import Company, Receiver, Unit
from alerts.hours import Hours
from alerts.model import Address
from klantbus.bus.departments import Departments, Language
from klantbus.bus.departments import Receiver as Entry


def company_of(departments: Departments) -> Company:
    """Return everybody who can be told."""
    office = Hours(departments.calendar(departments.company.calendar))
    language = departments.company.language
    operations = departments.company.operations
    return Company(
        units={name: _unit(name, departments) for name in departments.names()},
        management=_receiver("management", departments.company.management, office, language),
        operations=_receiver("operations", operations, office, language) if operations else None,
        people={name: _receiver(name, entry, office, language) for name, entry in departments.people.items()},
    )


def _unit(name: str, departments: Departments) -> Unit:
    entry = departments.departments[name]
    calendar = departments.calendar_of(name)
    hours, always = Hours(calendar), Hours(zone=calendar.zone)
    language = departments.company.language
    on_call = _receiver(f"{name}.on_call", entry.on_call, always, language) if entry.on_call else None
    return Unit(
        name=name,
        desk=Receiver(name, _addresses(entry.channels), hours, language),
        head=_receiver(f"{name}.head", entry.head, hours, language),
        on_call=on_call,
        titles={tongue: entry.title[tongue] for tongue in Language},
    )


def _receiver(name: str, entry: Entry, hours: Hours, language: Language) -> Receiver:
    return Receiver(name, _addresses(entry.channels), hours, entry.language or language)


def _addresses(channels: Sequence[str]) -> tuple[Address, ...]:
    return tuple(Address.parse(text) for text in channels)
