import tomllib
from dataclasses import fields, replace
from decimal import Decimal

import pytest

import apps.policies
from apps.policies import policy_of, read_policy
from klantbus.bus.errors import Misuse
from klantbus.domain.due import GraceDays, GraceTime
from klantbus.domain.events import PromiseKind
from klantbus.domain.micros import HOUR, MINUTE
from klantbus.domain.policy import DEFAULTS


def test_the_example_says_what_rules_say_and_one_unit_more():
    example = (apps.policies.__doc__ or "").split("```toml\n")[1].split("```")[0]
    policy = policy_of(tomllib.loads(example))
    assert policy.unit("Doosje") == "box"
    assert policy == policy_of({"units": {"doosje": "box"}})


def test_an_empty_file_is_the_rules():
    assert policy_of({}) == DEFAULTS
    assert read_policy(None) == DEFAULTS


def test_lengths_counts_money_and_grace_are_read():
    policy = policy_of(
        {
            "handoff_answer": "2h",
            "serial_moves": 2,
            "price_floor": "0.10",
            "grace": {"callback": "5m", "visit": {"working_days": 1, "at": "09:30"}},
        }
    )
    assert (policy.handoff_answer, policy.serial_moves, policy.price_floor) == (2 * HOUR, 2, Decimal("0.10"))
    assert policy.graces[PromiseKind.CALLBACK] == GraceTime(5 * MINUTE)
    assert policy.graces[PromiseKind.VISIT] == GraceDays(days=1, minute=570)
    assert policy.graces[PromiseKind.DELIVERY] == DEFAULTS.graces[PromiseKind.DELIVERY]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("handoff_answer = 4", 'handoff_answer.*"15m"'),
        ("serial_moves = 0", "serial_moves"),
        ("patience = 4", "patience"),
        ('[grace]\ncake = "1h"', "grace.cake"),
        ("[grace", "no TOML"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_should_be(tmp_path, text, place):
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(Misuse, match=place):
        read_policy(file)


def test_a_file_that_is_no_text_is_named(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_bytes('# Zoë\n[grace]\ncallback = "1h"'.encode("cp1252"))
    with pytest.raises(Misuse, match="no TOML"):
        read_policy(file)


def test_every_threshold_of_the_policy_can_be_set_in_the_file():
    settable = set(apps.policies._File.model_fields)
    assert settable - {"grace"} == {field.name for field in fields(DEFAULTS)} - {"graces"}
    assert policy_of({"lead": {"percent": 50}}).lead == replace(DEFAULTS.lead, percent=50)
