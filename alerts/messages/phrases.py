"""The shape of a language: every phrase that a letter needs. `dutch` and `english` fill it, in step."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. Texts with {names} are filled by `compose`.

    titles      per kind of alert, what it is
    actions     per kind of alert, what now: one sentence, one action
    leads       per rung, why this message comes
    labels      who, what, in which words, ... in this order in a message
    resolutions per reason, how it ended
    units       how units of measure are called; others keep their code
    roles       how a receiver of a department (or of the company) is called
    """

    titles: Mapping[str, str]
    actions: Mapping[str, str]
    leads: Mapping[str, str]
    labels: Mapping[str, str]
    resolutions: Mapping[str, str]
    severities: Mapping[str, str]
    over: str
    gone: str
    promise_kinds: Mapping[str, str]
    roles: Mapping[str, str]
    units: Mapping[str, str]
    resumed: str
    still_open: str
    came_and_went: str
    other_kind: str
    other_action: str
    many_actions: str
    customer: str
    made_for: str
    asked_of: str
    nobody_knows: str
    owned_by: str
    several: str
    more: str
    from_until: str
    overdue_since: str
    still_until: str
    short: str
    told_late: str
    hours_late: str
    decimal: str
    open_link: str
    silenced: str
    silenced_one: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
