"""The two fetchers bring the same records: the one in C, and the one over confluent-kafka's consumer."""

import logging
import os
import threading

import pytest
from confluent_kafka import KafkaError, Producer

from apps.broker.node import free_port
from klantbus.bus.clock import steady
from klantbus.bus.errors import Misuse
from klantbus.bus.kafka import fetching
from klantbus.bus.ports import Lane, Stored

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.skipif(
        fetching.native is None and "KLANTBUS_COMPILED" not in os.environ,
        reason="there is no fetcher in C: `make compiled` builds it",
    ),
]
ODD_HEADERS = [
    [],
    [("ce_id", b"1")],
    [("ce_id", b"2"), ("ce_id", b"2"), ("empty", b""), ("null", None)],
    [("naïef", b"\xff\x00"), *((f"h{number}", b"%d" % number) for number in range(40))],
    [("ce_id", b"22"), ("ce_source", b"/sales/x")],
    [("long", b"y" * 2000), ("n" * 300, b""), *((f"h{number}", b"%d" % number) for number in range(40))],
]


def settings_for(servers):
    return {"bootstrap.servers": servers, "group.id": "nobody", "enable.auto.commit": False}


@pytest.fixture(params=["in C", "by client"])
def made(request):
    """Make a fetcher of either kind; every one is closed afterwards."""
    there = []

    def make(settings):
        by_client = request.param == "by client"
        fetcher = fetching.client_fetcher(settings)[1] if by_client else fetching.quick_fetcher(settings)
        there.append(fetcher)
        return fetcher

    yield make
    for fetcher in there:
        fetcher.close()


def fetched(fetcher, count, limit=1000):
    records, until = [], steady() + 20
    while len(records) < count and steady() < until:
        some = fetcher.fetch(limit, 0.2)
        assert len(some.records) <= limit
        records += some.records
    return records


def test_whatever_a_record_holds_comes_as_the_port_has_it(made, kafka_bootstrap, topic):
    producer, said = Producer({"bootstrap.servers": kafka_bootstrap}), []
    for number in range(100):
        headers = ODD_HEADERS[number % 6]
        key, value = [b"C1", None, b""][number % 3], [b"x" * number, None][number % 7 == 0]
        producer.produce(topic, value, key, partition=number % 2, headers=headers, timestamp=1000 + number)
        kept = tuple((name, text or b"") for name, text in headers)
        said.append((number % 2, number // 2, key, value, kept))
    producer.flush()
    fetcher = made(settings_for(kafka_bootstrap))
    fetcher.assign({Lane(topic, 0): 0, Lane(topic, 1): 0})
    records = fetched(fetcher, 100, limit=7)
    assert {type(record) for record in records} == {Stored}
    assert {record.topic for record in records} == {topic}
    assert all(record.appended > 1_600_000_000_000_000 for record in records)  # the log's own time, in µs
    seen = [(record.partition, record.offset, *record[4:]) for record in records]
    assert sorted(seen, key=lambda one: one[:2]) == sorted(said, key=lambda one: one[:2])


def test_lanes_are_read_from_the_offset_that_is_told_and_anew_after_another(made, kafka_bootstrap, topic):
    producer = Producer({"bootstrap.servers": kafka_bootstrap})
    for number in range(20):
        producer.produce(topic, b"%d" % number, partition=3)
    producer.flush()
    fetcher = made(settings_for(kafka_bootstrap))
    for start in (15, 4):
        fetcher.assign({Lane(topic, 3): start})
        assert [record.offset for record in fetched(fetcher, 20 - start)] == [*range(start, 20)]


def test_records_that_were_fetched_beside_an_error_are_kept(made, kafka_bootstrap, topic):
    producer = Producer({"bootstrap.servers": kafka_bootstrap})
    for number in range(300):
        producer.produce(topic, b"%d" % number, partition=3)
    producer.flush()
    lanes, wishes = {Lane(topic, 3): 0, Lane(topic, 99): 0}, settings_for(kafka_bootstrap)  # of 12 partitions
    fetcher, found, until = made(wishes), fetching.Fetched([], []), steady() + 60
    while not (found.records and found.errors):
        assert steady() < until, "an error never came beside records"
        fetcher.assign(lanes)
        has_both(
            made(settings_for(kafka_bootstrap)), lanes
        )  # by now, most likely, the first has them as well
        found = fetcher.fetch(1000, 5.0)
    assert {error.code() for error in found.errors} == {KafkaError._UNKNOWN_PARTITION}
    records = found.records + fetched(fetcher, 300 - len(found.records))
    assert [record.offset for record in records] == [*range(300)]


def has_both(witness, lanes):
    """Wait until another fetcher has seen records and an error in these lanes."""
    records, errors, until = [], [], steady() + 20
    witness.assign(lanes)
    while not (records and errors):
        assert steady() < until, "records and an error never came"
        some = witness.fetch(1000, 0.2)
        records, errors = records + some.records, errors + some.errors


def test_settings_that_librdkafka_does_not_take_are_refused_in_our_words(made):
    with pytest.raises(Misuse, match="cannot be used"):
        made(settings_for("127.0.0.1:1") | {"no.such.setting": "1"})


def test_what_librdkafka_says_goes_to_our_log(made, caplog):
    fetcher = made(settings_for(f"127.0.0.1:{free_port()}"))
    fetcher.assign({Lane("test.nowhere", 0): 0})
    with caplog.at_level(logging.DEBUG, "klantbus.kafka"):
        until = steady() + 20
        while "Connect to" not in caplog.text and steady() < until:
            fetcher.fetch(10, 0.2)
    assert "Connect to" in caplog.text


def test_a_fetcher_that_was_closed_or_is_in_use_says_so(kafka_bootstrap, topic):
    fetcher = fetching.quick_fetcher(settings_for(kafka_bootstrap))
    fetcher.assign({Lane(topic, 0): 0})
    waiting = threading.Thread(target=fetcher.fetch, args=(10, 3.0))
    waiting.start()
    while waiting.is_alive():
        try:
            fetcher.fetch(10, 0)
        except RuntimeError as refusal:
            assert "one thread at a time" in str(refusal)  # noqa: PT017  it may also have come before the other
            break
    waiting.join()
    fetcher.close()
    fetcher.close()
    with pytest.raises(RuntimeError, match="closed"):
        fetcher.fetch(10, 0)
