from apps.broker.node import free_port
from apps.broker.settings import (
    EVERYWHERE,
    FIRST_OUTGOING_PORT,
    Home,
    Listeners,
    read_back,
    server_properties,
    written,
)


def settings(tmp_path, **extra):
    return server_properties(Home(tmp_path), Listeners(20001, 20002, {"SSL": 20003}, extra))


def test_the_node_listens_on_loopback_only(tmp_path):
    listeners = settings(tmp_path)["listeners"].split(",")
    assert all("://127.0.0.1:" in listener for listener in listeners)


def test_every_shared_setting_is_in_the_file_of_the_node(tmp_path):
    assert settings(tmp_path).items() >= EVERYWHERE.items()


def test_what_is_asked_for_besides_wins(tmp_path):
    assert settings(tmp_path, **{"num.partitions": "3"})["num.partitions"] == "3"


def test_settings_come_back_as_they_were_written():
    properties = {"a.b": "1", "odd": r"c:\kafka=x", "empty": ""}
    assert read_back(written(properties)) == properties


def test_a_free_port_lies_below_those_of_outgoing_connections():
    assert all(1024 < free_port() < FIRST_OUTGOING_PORT for _ in range(50))
