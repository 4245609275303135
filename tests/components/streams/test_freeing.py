"""What is compiled is freed without harm to what stands beside it in memory."""

import os
import subprocess
import sys

import pytest

DEEP = """
import os
from decimal import Decimal
from klantbus.domain import sights
assert os.environ.get("KLANTBUS_COMPILED") is None or not sights.__file__.endswith(".py")
for deep in range(45, 55):  # CPython lets what stands fifty deep wait
    one = [sights.Counted("A", "pcs", Decimal(1), Decimal(1)) for _ in range(9)]
    for _ in range(deep):
        one = [one]
    del one
"""


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="only CPython says what was written over")
def test_what_stands_deep_in_others_is_freed_and_nothing_else_is_written_over(tmp_path):
    watched = {**os.environ, "PYTHONMALLOC": "debug"}
    subprocess.run([sys.executable, "-c", DEEP], env=watched, check=True, timeout=60, cwd=tmp_path)
