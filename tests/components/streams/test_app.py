"""How a worker is put together, and what it shows of itself."""

from dataclasses import fields

from components.streams.noting_worker import Noting
from prometheus_client import CollectorRegistry, generate_latest

from streams.app import build_app
from streams.exporter import Exporter
from streams.figures import Figures
from streams.host import Host
from streams.settings import Settings


async def test_each_worker_keeps_its_name_opens_no_port_and_shares_nothing_with_another(tmp_path):
    async def nothing_new():
        return []

    def made(name):
        settings = Settings(tmp_path, name, "127.0.0.1:1", session_timeout=8.0)
        return build_app(settings, Host(Noting(tmp_path / name), bound=1), ["t"], nothing_new)

    one, other = made("w0"), made("w1")
    assert one.conf.consumer_group_instance_id == "klantbus-watch-w0"
    assert other.conf.consumer_group_instance_id == "klantbus-watch-w1"
    assert (one.conf.broker_session_timeout, one.conf.broker_heartbeat_interval) == (8.0, 2.0)
    assert not one.conf.web_enabled
    assert one.transport is not other.transport


def test_every_figure_of_a_worker_can_be_read_by_prometheus():
    registry = CollectorRegistry()
    figures = Figures(facts=3, lag=7, held=True)
    registry.register(Exporter(figures, "w7"))
    told = dict(
        line.split() for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")
    )
    assert told['klantbus_streams_facts_total{worker="w7"}'] == "3.0"
    assert told['klantbus_streams_lag{worker="w7"}'] == "7.0"
    assert told['klantbus_streams_held{worker="w7"}'] == "1.0"
    shown = {name.partition("{")[0].removeprefix("klantbus_streams_").removesuffix("_total") for name in told}
    assert shown == {field.name for field in fields(figures)}
