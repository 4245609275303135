"""Bugs of one line, planted one at a time; each must be caught by the tests of the domain.

    python tests/mutants.py [--only WORD] [--workers 2]

A mutant is a copy of the tree with one line changed. The worked scenarios are tried first, then the rest.
Prints a table; exits 1 if one survives or no longer finds its line.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
COPIED = (
    "klantbus",
    "apps",
    "schemas",
    "tests/domain",
    "tests/components/streams/company.py",
    "tests/stated.py",
    "tests/strategies.py",
    "docs/states.md",
    "pyproject.toml",
)
FIRST = ("tests/domain/test_scenarios.py",)
THEN = (
    "tests/domain/test_calendar_versions.py",
    "tests/domain/test_credits.py",
    "tests/domain/test_decisions.py",
    "tests/domain/test_due.py",
    "tests/domain/test_life.py",
    "tests/domain/test_bearing.py",
    "tests/domain/test_breaks.py",
    "tests/domain/test_looks.py",
    "tests/domain/test_properties.py",
)
LIMIT = 400
"""Seconds for one run; a mutant that hangs is caught."""


class Mutant(NamedTuple):
    """One planted bug: in `file`, `old` becomes `new`. `name` says what is wrong then."""

    name: str
    file: str
    old: str
    new: str


def mutants() -> list[Mutant]:
    """Return the planted bugs of `mutants.toml`."""
    table = tomllib.loads((ROOT / "tests/mutants.toml").read_text(encoding="utf-8"))
    return [Mutant(**row) for row in table["mutant"]]


def main() -> int:
    """Try every mutant; return 1 if one survives."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="only mutants whose name has this word")
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    if fails_unplanted():
        print("the tests fail without any planted bug: mend them first")  # noqa: T201  a script talks
        return 1
    chosen = [mutant for mutant in mutants() if given.only in mutant.name]
    with ThreadPoolExecutor(given.workers) as pool:
        ends = list(pool.map(tried, chosen))
    survivors = [end for end in ends if end not in CAUGHT]
    print(f"\n{len(chosen) - len(survivors)} of {len(chosen)} planted bugs were caught")  # noqa: T201  a script talks
    return 1 if survivors else 0


CAUGHT = ("by a scenario", "by a property")


def tried(mutant: Mutant) -> str:
    """Return by what a mutant was caught, and say so."""
    begun = time.monotonic()
    end = ending(mutant)
    print(f"{mutant.name:<52} {end:<14} {time.monotonic() - begun:5.1f} s", flush=True)  # noqa: T201  a script talks
    return end


def fails_unplanted() -> bool:
    """Return whether the tests fail in a copy without any bug: then nothing would be proved."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        home = Path(folder)
        for part in COPIED:
            copy(part, home)
        return fails(home, (*FIRST, *THEN))


def ending(mutant: Mutant) -> str:
    """Plant the bug in a copy of the tree and run the tests there."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        home = Path(folder)
        for part in COPIED:
            copy(part, home)
        path = home / mutant.file
        text = path.read_text()
        if text.count(mutant.old) != 1:
            return "NOT FOUND"
        path.write_text(text.replace(mutant.old, mutant.new))
        if fails(home, FIRST):
            return "by a scenario"
        return "by a property" if fails(home, THEN) else "SURVIVES"


def copy(part: str, home: Path) -> None:
    """Copy a file or folder of the tree."""
    target = home / part
    target.parent.mkdir(parents=True, exist_ok=True)
    if (ROOT / part).is_dir():
        shutil.copytree(ROOT / part, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(ROOT / part, target)


def fails(home: Path, tests: tuple[str, ...]) -> bool:
    """Return whether the tests fail, or hang, in that copy."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--noconftest", "-p", "no:cacheprovider"]
    place = {**os.environ, "PYTHONPATH": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, f"--basetemp={home / 'temp'}", *tests],
            cwd=home,
            env=place,
            capture_output=True,
            timeout=LIMIT,
            check=False,
        )  # fmt: skip  one line per three arguments says less
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
