"""What pyproject.toml cannot say: with KLANTBUS_COMPILE=1 the judge and the codec are compiled by mypyc.

The same files run as plain Python without; `make compiled` builds, and `make check` tests, both.
"""

import os
from pathlib import Path

from setuptools import setup

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
    "streams/learned.py",
    "streams/merge.py",
    "streams/promises.py",
    "streams/slice.py",
    "streams/telling.py",
    "streams/writing.py",
)
"""Where the time of a fact goes (bench/README.md). No models: those are pydantic's."""


def _compiled() -> list[object]:
    if os.environ.get("KLANTBUS_COMPILE") != "1":
        return []
    from mypyc.build import mypycify  # noqa: PLC0415  only who compiles needs it

    paths = sorted(str(path) for pattern in HOT for path in Path().glob(pattern))
    return list(mypycify(paths, opt_level="2"))


setup(ext_modules=_compiled())
