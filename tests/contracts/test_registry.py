"""Stock clients read our bytes: Confluent's through the served registry, fastavro with the exported files."""

import io
import json
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import fastavro
import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext
from typer.testing import CliRunner

from apps.cli.schema import app
from apps.registry import registry_server
from klantbus.bus.codec import encode
from klantbus.bus.contract import contract
from klantbus.bus.framing import HEAD, id_of
from klantbus.bus.gate.release import sample
from klantbus.bus.registry import pages
from klantbus.domain.events import PAYLOADS
from schemas import all_files

ALL = [*PAYLOADS]


def sampled(event: str):
    return sample(contract().newest[event].shape)


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    with registry_server(pages(all_files()), "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def client(registry) -> Iterator[SchemaRegistryClient]:
    with SchemaRegistryClient({"url": registry, "max.retries": 0}) as client:
        yield client


@pytest.mark.parametrize("event", ALL)
def test_confluents_deserializer_reads_our_bytes_through_the_registry(event: str, client):
    fact = sampled(event)
    read = AvroDeserializer(client)(encode(fact)[0], SerializationContext("any", MessageField.VALUE))
    assert type(fact).model_validate(read) == fact


def test_a_client_finds_subjects_versions_and_ids(client):
    assert "klantbus.PromiseMade" in client.get_subjects()
    assert client.get_versions("klantbus.PromiseMade")[0] == 1
    newest = client.get_latest_version("klantbus.PromiseMade")
    assert newest.schema_id == contract().newest["promise.made"].id
    assert client.get_version("klantbus.PromiseMade", 1).schema.schema_str


def test_a_client_that_asks_for_what_is_not_there_is_told_so(client):
    with pytest.raises(SchemaRegistryError) as missing:
        client.get_schema(1)
    assert missing.value.error_code == 40403


def test_fastavro_alone_reads_our_bytes_with_an_exported_file(tmp_path: Path):
    assert CliRunner().invoke(app, ["export", str(tmp_path / "registry")]).exit_code == 0
    fact = sampled("promise.made")
    value, _ = encode(fact)
    page = json.loads((tmp_path / "registry" / "schemas" / "ids" / str(id_of(value))).read_text("utf-8"))
    read = fastavro.schemaless_reader(io.BytesIO(value[HEAD:]), json.loads(page["schema"]))
    assert type(fact).model_validate(read) == fact


def run(*words: str):
    return CliRunner().invoke(app, words)


def test_check_says_nothing_on_stdout_when_all_is_well():
    checked = run("check")
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert json.loads(run("check", "--json").stdout) == []


def test_check_fails_and_names_file_and_rule(tmp_path: Path):
    (tmp_path / "promise.lost").mkdir()
    (tmp_path / "released.json").write_text("{}", "utf-8")
    schema = {"type": "record", "name": "PromiseLost", "namespace": "klantbus", "doc": "It.", "fields": []}
    (tmp_path / "promise.lost" / "v1.avsc").write_text(json.dumps(schema), "utf-8")
    checked = run("check", "--json", "--folder", str(tmp_path))
    assert checked.exit_code == 1
    assert {finding["rule"] for finding in json.loads(checked.stdout)} == {"envelope"}
    assert "promise.lost/v1.avsc: envelope:" in run("check", "--folder", str(tmp_path)).stdout


def test_list_and_show_agree_on_the_id():
    rows = json.loads(run("list", "--json").stdout)
    assert {row["event"] for row in rows} == {*PAYLOADS}
    shown = json.loads(run("show", "promise.made").stdout)
    assert shown == contract().newest["promise.made"].file.schema
    assert json.loads(run("show", "promise.made", "--version", "1", "--json").stdout)["name"] == "PromiseMade"


@pytest.mark.parametrize("words", [("show", "promise.lost"), ("draft", "promise.lost")])
def test_an_unknown_type_is_refused_in_one_sentence(words: tuple[str, str]):
    assert "no " in str(run(*words).exception)


def test_draft_prints_the_schema_of_the_model():
    assert json.loads(run("draft", "promise.made").stdout) == contract().newest["promise.made"].file.schema


@pytest.mark.parametrize("command", ["check", "list", "show", "draft", "release", "export", "serve"])
def test_every_help_text_has_an_example(command: str):
    assert f"Example: klantbus schema {command}" in run(command, "--help").stdout


def test_serve_answers_on_loopback_until_interrupted():
    code = "from apps.cli.main import main; main()"
    command = [sys.executable, "-c", code, "schema", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        with urllib.request.urlopen(f"{url}/subjects") as answer:  # noqa: S310  because it is our own server
            assert "klantbus.PromiseMade" in json.load(answer)
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
    assert url.startswith("http://127.0.0.1:")
