"""Putting somebody's SQL to an edition, safely: the parent's side of asked.py."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
import pyarrow as pa

from projections.editions import Edition, current_edition
from projections.errors import QuestionRefused

_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}
"""No secrets of ours: what the process does not have it cannot tell."""


@dataclass(frozen=True)
class Limits:
    """How much one question may use."""

    rows: int = 10_000
    seconds: int = 30
    memory_mb: int = 4096
    answer_mb: int = 64


@dataclass(frozen=True)
class Answer:
    """The rows of an answer, whether there were more than the cap, and the edition it was read from."""

    table: pa.Table
    cut_off: bool
    edition: Edition


def ask(place: Path, sql: str, *, limits: Limits | None = None) -> Answer:
    """Return the answer of the newest edition, without personal text.

    Raises `QuestionRefused` and `NoEdition`.
    """
    edition = current_edition(place)
    return _ask(edition, {"klantbus": str(edition.main)}, sql, limits or Limits())


def ask_personal(place: Path, sql: str, *, limits: Limits | None = None) -> Answer:
    """Return the answer as `ask` does, with the views on personal text in the schema `personal`."""
    edition = current_edition(place)
    files = {"klantbus": str(edition.main), "personal": str(edition.personal)}
    return _ask(edition, files, sql, limits or Limits())


def _ask(edition: Edition, files: dict[str, str], sql: str, limits: Limits) -> Answer:
    order = {
        "files": files,
        "sql": sql,
        "rows": limits.rows,
        "seconds": limits.seconds,
        "memory_mb": limits.memory_mb,
        "answer_mb": limits.answer_mb,
    }
    table = pa.ipc.open_stream(_run(orjson.dumps(order), limits)).read_all()
    return Answer(table.slice(0, limits.rows), table.num_rows > limits.rows, edition)


def _run(order: bytes, limits: Limits) -> bytes:
    child = [sys.executable, "-I", "-c", "import sys; from projections.asked import main; sys.exit(main())"]
    try:
        done = subprocess.run(  # noqa: S603  our own module; the question goes in as data
            child,
            input=order,
            capture_output=True,
            timeout=limits.seconds,
            check=False,
            env=_ENVIRONMENT,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise QuestionRefused(
            f"no answer within {limits.seconds} s: ask for less, or for fewer rows"
        ) from None
    if done.returncode != 0:
        raise QuestionRefused(_why(done.returncode, done.stderr))
    return done.stdout


def _why(code: int, said: bytes) -> str:
    if code < 0:
        return f"the question used more than it may and was ended (signal {-code})"
    words = said.decode(errors="replace").strip().splitlines()
    return words[-1] if words else "the question ended without an answer"
