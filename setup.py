"""What pyproject.toml cannot say: with KLANTBUS_COMPILE=1 the judge and the codec are compiled by mypyc.

The same files run as plain Python without; `make compiled` builds, and `make check` tests, both.
"""

import os
from pathlib import Path

from setuptools import Extension, setup

HOT = (
    "klantbus/domain/*.py",
    "klantbus/domain/calendar/*.py",
    "klantbus/bus/codec.py",
    "klantbus/bus/envelope.py",
    "klantbus/bus/framing.py",
    "klantbus/bus/murmur2.py",
    "klantbus/bus/reading.py",
    "klantbus/bus/avro/pieces.py",
    "streams/judging.py",
    "streams/kin.py",
    "streams/kinship.py",
    "streams/learned.py",
    "streams/memory.py",
    "streams/merge.py",
    "streams/promises.py",
    "streams/slice.py",
    "streams/spoken.py",
    "streams/store.py",
    "streams/telling.py",
)
"""Where the time of a fact goes (bench/README.md). No models: those are pydantic's."""
NEAR = ("-fvisibility=hidden", "-fno-semantic-interposition", "-fno-plt")
"""What is compiled calls itself directly and nobody else may replace it: a tenth of the judge's time."""

ACYCLIC = ("-include", "klantbus/bus/in_c/acyclic.h")
"""What mypyc frees without it writes over other objects when they stand deep in each other."""

IN_C = sorted(str(path) for path in Path("klantbus/bus/in_c").glob("*.h"))
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wno-sign-conversion"]
NATIVE = Extension(
    "klantbus.bus.native",
    ["klantbus/bus/in_c/native.c"],
    depends=IN_C,
    extra_compile_args=STRICT,
)
"""Reads and writes facts and records (see `klantbus.bus.quick`)."""
NATIVE_KAFKA = Extension(
    "klantbus.bus.native_kafka",
    ["klantbus/bus/in_c/consumer.c"],
    depends=IN_C,
    extra_compile_args=STRICT,
)
"""Follows Kafka (see `klantbus.bus.kafka.fetching`)."""


def _compiled() -> list[object]:
    if os.environ.get("KLANTBUS_COMPILE") != "1":
        return []
    from mypyc.build import mypycify  # noqa: PLC0415  only who compiles needs it

    paths = sorted(str(path) for pattern in HOT for path in Path().glob(pattern))
    by_mypyc = mypycify(paths, opt_level="2")
    for module in by_mypyc:
        module.extra_compile_args = [*module.extra_compile_args, *ACYCLIC]
        module.depends = IN_C
    modules = [*by_mypyc, NATIVE, NATIVE_KAFKA]
    for module in modules:
        module.extra_compile_args = [*module.extra_compile_args, *NEAR]
    return modules


setup(ext_modules=_compiled())
