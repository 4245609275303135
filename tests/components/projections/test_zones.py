"""No figure hangs on the zone of the machine that counts, nor of who asks: 23 hours are no whole day."""

import pytest
from read_side import at, reached, rows_of

from projections.hashes import fingerprints
from projections.models import read_models
from projections.store import Store

ZONES = ("UTC", "Europe/Amsterdam", "America/New_York")
SATURDAY, MONDAY = at(28, 11), at(30, 11)  # in Amsterdam the clock skips an hour between these


def over_the_change_of_clock(house):
    """Whatever takes time, over a weekend that is an hour shorter in Amsterdam."""
    evidence = house.states("delivery.completed", "C1", SATURDAY, "logistics", told=MONDAY, lines=[])
    used = [{"event_id": evidence, "at": SATURDAY, "tier": "T1"}]
    house.judges("p1", "kept", MONDAY, flags=["late_evidence"], evidence=used, done_at=SATURDAY)
    house.judges(
        "p2", "kept", MONDAY, made_by="sales", performer="logistics", made_at=SATURDAY, accepted_at=MONDAY,
        requested_due=SATURDAY, due=MONDAY,
    )  # fmt: skip
    house.states("opportunity.signalled", "C1", SATURDAY, opportunity_id="o1", text="more", strength="hot")
    house.states("opportunity.picked_up", "C1", MONDAY, opportunity_id="o1", owner="u1")
    return house.records


@pytest.fixture
def in_zone(house, tmp_path):
    """Read models that took those facts in on a machine of a zone."""
    opened = []

    def take(zone):
        store = Store(tmp_path / zone, read_models())
        opened.append(store)
        store._con.execute(f"SET TimeZone = '{zone}'")
        records = over_the_change_of_clock(house) if not house.records else house.records
        store.take(rows_of(records), reached(records))
        return store

    yield take
    for store in opened:
        store.close()


def test_machines_in_different_zones_make_the_same_tables(in_zone):
    utc, amsterdam, new_york = (fingerprints(in_zone(zone)._con) for zone in ZONES)
    assert utc == amsterdam == new_york
    assert utc["klantbus.publication_lag"][0] > 1


@pytest.mark.parametrize("zone", ZONES)
def test_hours_that_went_by_are_the_same_for_readers_in_every_zone(in_zone, zone):
    con = in_zone(zone)._con
    assert con.execute("SELECT hours_late FROM kept_but_told_late").fetchall() == [(48.0,)]
    assert con.execute("SELECT hours_p50 FROM handoff_acceptance WHERE accepted = 1").fetchall() == [(48.0,)]
    assert con.execute("SELECT hours_to_pick_up_p50 FROM opportunities_by_origin").fetchall() == [(48.0,)]
    assert con.execute("SELECT max(padding_days_median) FROM padding_against_kept_rate").fetchall() == [
        (2.0,)
    ]
