"""How values are shown to people, in a table."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.cli.paper import shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (datetime(2026, 3, 6, 22, 59, 59, 999_999, tzinfo=UTC), "2026-03-06 23:59"),
        (datetime(2026, 7, 6, 22, 30, tzinfo=UTC), "2026-07-07 00:30"),
        (Decimal("100.000000"), "100"),
        (Decimal("2.500000"), "2.5"),
        (Decimal("1000.00"), "1000.00"),
        ([], ""),
        (["late_evidence", "too_early"], "late_evidence, too_early"),
        ([{"sku": "A", "quantity": Decimal("4.000000"), "uom": None}], "sku=A quantity=4"),
        (True, "True"),
    ],
)
def test_people_read_the_local_clock_plain_numbers_and_no_brackets(value, text):
    assert shown(value) == text
