"""A real Kafka for a test, where one can be had."""

import os

import pytest

from apps.broker import node
from apps.broker.errors import PartMissing
from apps.broker.node import Wish
from apps.broker.settings import Home


def start_or_skip(home: Home) -> None:
    """Start a node in `home`; without Java or Kafka skip and say so, but not where CI asks for it."""
    try:
        node.start(home, Wish(port=0), os.environ)
    except PartMissing as missing:
        if os.environ.get("KLANTBUS_REQUIRE_KAFKA") == "1":
            raise
        pytest.skip(f"no Kafka here: {missing}")
