"""Finds Kafka's jars: those of KAFKA_HOME, else fetched once by Maven and checked one by one.

Maven itself checks SHA-1 only, so each jar is held against the SHA-256 in jars.sha256, at every start: a jar
that is missing, unknown or different and nothing runs.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from apps.broker.errors import JarsDiffer, PartMissing
from apps.broker.java import Java
from apps.broker.settings import KAFKA_VERSION

FETCH_SECONDS = 600.0


def kafka_jars(java: Java, environ: Mapping[str, str]) -> Path:
    """Return the directory of Kafka's jars.

    KAFKA_HOME is somebody's own choice and taken as it is. Raises `PartMissing` when there is neither that
    nor Maven, `JarsDiffer` when what was fetched is not what we know.
    """
    home = environ.get("KAFKA_HOME")
    if home:
        return _of_installation(Path(home))
    cached = cache_directory(environ)
    if not cached.is_dir():
        _fetch_into(cached, java, environ)
    check(cached, known_hashes())
    return cached


def cache_directory(environ: Mapping[str, str]) -> Path:
    """Return where fetched jars are kept for this user."""
    base = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "klantbus" / f"kafka-{KAFKA_VERSION}"


def known_hashes() -> dict[str, str]:
    """Return SHA-256 by jar name, from the committed list."""
    lines = files("apps.broker").joinpath("jars.sha256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def check(directory: Path, known: Mapping[str, str]) -> None:
    """Raise `JarsDiffer` unless `directory` holds exactly the `known` jars, byte for byte."""
    found = {path.name: path for path in directory.iterdir()}
    missing = known.keys() - found.keys()
    extra = found.keys() - known.keys()
    different = {name for name, path in found.items() if name in known and _sha256(path) != known[name]}
    if missing or extra or different:
        raise JarsDiffer(missing=missing, extra=extra, different=different)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _of_installation(home: Path) -> Path:
    jars = home / "libs"
    if not any(jars.glob("kafka-server-*.jar")) and not any(jars.glob("kafka_2.*.jar")):
        raise PartMissing(f"KAFKA_HOME is {home}, but there is no Kafka in its libs directory")
    return jars


def _fetch_into(cached: Path, java: Java, environ: Mapping[str, str]) -> None:
    """Fetch beside the place, check, then move in one step: a half-filled cache is never seen."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cached.parent, prefix="fetching-") as scratch:
        jars = Path(scratch) / "jars"
        _run_maven(Path(scratch), jars, java, environ)
        check(jars, known_hashes())
        _move_unless_there(jars, cached)


def _move_unless_there(jars: Path, cached: Path) -> None:
    try:
        jars.rename(cached)
    except OSError:
        if not cached.is_dir():  # else somebody else fetched at the same time, and what is there gets checked
            raise


def _run_maven(scratch: Path, jars: Path, java: Java, environ: Mapping[str, str]) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise PartMissing(
            "there is no Kafka here and no Maven to fetch it: install Maven (Debian: apt-get install maven) "
            f"or set KAFKA_HOME to an unpacked Kafka {KAFKA_VERSION}"
        )
    pom = scratch / "pom.xml"
    pom.write_bytes(files("apps.broker").joinpath("pom.xml").read_bytes())
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
    _run([maven, "-q", "-B", "-f", str(pom), *goal], java, environ)


def _run(command: list[str], java: Java, environ: Mapping[str, str]) -> None:
    home = {"JAVA_HOME": str(java.home)} if java.home else {}
    try:
        subprocess.run(  # noqa: S603  Maven from PATH with our own pom
            command,
            env={**environ, **home},
            check=True,
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise PartMissing(f"Maven did not bring Kafka within {FETCH_SECONDS:.0f} s") from error
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stdout.splitlines() if "ERROR" in line]
        raise PartMissing(
            f"Maven could not bring Kafka {KAFKA_VERSION}: {said[0] if said else error}"
        ) from error


def environment() -> Mapping[str, str]:
    """Return the environment of this process, to be handed to the functions above."""
    return os.environ
