"""Who there is to tell: receivers with their hours, language and addresses, by department and by person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from alerts.hours import Hours
from alerts.model import Address
from klantbus.bus.departments import Language


@dataclass(frozen=True, slots=True)
class Receiver:
    """A person or a desk. `name` is an id such as logistics.head; it is what logs may show."""

    name: str
    addresses: tuple[Address, ...]
    hours: Hours = field(default_factory=Hours)
    language: Language = Language.DUTCH


@dataclass(frozen=True, slots=True)
class Unit:
    """A department as somebody to tell: its desk, its head, who is on call, and its title per language."""

    name: str
    desk: Receiver
    head: Receiver
    on_call: Receiver | None = None
    titles: Mapping[Language, str] = field(default_factory=dict)

    def title(self, language: Language) -> str:
        """Return how the department is called in a language."""
        return self.titles.get(language, self.name)


@dataclass(frozen=True)
class Company:
    """Everybody. `management` hears whatever has no other receiver, so that nothing is told to nobody.

    duties   which department plays finance, logistics, sales
    people   receivers by the pseudonymous number that events carry
    """

    units: Mapping[str, Unit]
    management: Receiver
    operations: Receiver | None = None
    people: Mapping[str, Receiver] = field(default_factory=dict)
    duties: Mapping[str, str] = field(default_factory=dict)

    def unit(self, name: str) -> Unit | None:
        """Return a department by its name or its duty."""
        return self.units.get(name) or self.units.get(self.duties.get(name, ""))

    def title(self, name: str, language: Language) -> str:
        """Return a department's title, or its name when it is not one of ours."""
        unit = self.unit(name)
        return unit.title(language) if unit else name

    @cached_property
    def receivers(self) -> Mapping[str, Receiver]:
        """Every receiver by name."""
        roles = [self.management, *([self.operations] if self.operations else []), *self.people.values()]
        for unit in self.units.values():
            roles += [unit.desk, unit.head, *([unit.on_call] if unit.on_call else [])]
        return {receiver.name: receiver for receiver in roles}
