import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text(encoding="utf-8"))["mutant"]


@pytest.mark.parametrize("mutant", PLANTED, ids=lambda mutant: mutant["name"])
def test_every_bug_that_make_mutants_plants_still_finds_its_line(mutant):
    assert (ROOT / mutant["file"]).read_text(encoding="utf-8").count(mutant["old"]) == 1


def test_at_least_twenty_five_bugs_are_planted():
    assert len(PLANTED) >= 25
