import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from apps.cli.main import NOUNS

KLANTBUS = Path(sys.executable).with_name("klantbus")


def everything():
    for noun, (module, _) in NOUNS.items():
        command = typer.main.get_command(importlib.import_module(module).app)
        yield noun, command
        yield from ((f"{noun} {verb}", found) for verb, found in getattr(command, "commands", {}).items())


def commands():
    return ((name, command) for name, command in everything() if not hasattr(command, "commands"))


def examples():
    for _, command in everything():
        lines = re.findall("Example: (.*)", command.help or "")
        pieces = [piece.partition(">")[0].strip() for line in lines for piece in re.split(r"&&|[;|]", line)]
        yield from (piece for piece in pieces if piece.startswith("klantbus "))


def run(*words: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [KLANTBUS, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", **environment},
    )


@pytest.mark.parametrize(
    ("name", "command"), list(everything()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_help_of_every_command_has_an_example_that_starts_with_its_name(name, command):
    assert f"klantbus {name}" in (command.help or ""), f"klantbus {name} --help shows no example"


@pytest.mark.parametrize("example", sorted(set(examples())))
def test_every_example_is_a_command_with_options_that_it_has(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file in ("facts.jsonl", "lineitem.csv"):
        (tmp_path / file).touch()
    found, words = dict(everything()), shlex.split(example)[1:]
    name = " ".join(words[:2]) if " ".join(words[:2]) in found else words[0]
    found[name].make_context(name, words[len(name.split()) :])


def test_a_command_that_is_not_there_is_a_usage_error():
    assert run("nonsense").returncode == 2


def test_a_wrong_setting_is_told_in_one_sentence_with_the_exit_code_for_configuration():
    done = run("config", "check", KLANTBUS_LANGUAGE="fr")
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("klantbus: setting language:")
    assert done.stderr.count("\n") == 1


def test_data_goes_to_stdout_and_talk_to_stderr():
    done = run("config", "show", "--json")
    assert {row["name"] for row in json.loads(done.stdout)} >= {"data", "log"}
    assert done.stderr == ""


def test_the_origin_of_a_setting_is_told():
    done = run("config", "show", "--origin", "--json", KLANTBUS_PORT="9000")
    origins = {row["name"]: row["origin"] for row in json.loads(done.stdout)}
    assert origins["port"] == "KLANTBUS_PORT"
    assert origins["host"] == "default"


def test_the_list_of_nouns_is_printed_without_loading_any_of_them():
    code = (
        "import sys; from apps.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('apps.cli.') and name != 'apps.cli.main'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_colour_is_printed_where_nobody_wants_it():
    assert "\x1b[" not in run("config", "show", NO_COLOR="1").stdout


def test_completion_can_be_had():
    assert (
        "klantbus"
        in run("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1").stdout
    )


ENDLESS = {"up", "demo", "run streams", "alert run", "projection run", "schema serve"}
WRITING_FILES = {"schema draft", "schema release", "schema export"}


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_can_be_read_can_be_read_by_programs(name, command):
    options = {option for parameter in command.params for option in getattr(parameter, "opts", [])}
    assert "--json" in options or name in ENDLESS | WRITING_FILES


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["day", "cook"], "there is no department cook; there are: admin"),
        (["promise", "list", "--department", "cook"], "there is no department cook; there are: admin"),
        (["promise", "list", "--state", "forgotten"], "broken"),
        (["publish"], "say what to state"),
        (["up", "--workers", "many"], "--workers"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_told_with_what_would_be_right(words, sentence, tmp_path):
    done = run(*words, KLANTBUS_DATA=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr


def test_several_workers_on_the_journal_are_refused_in_one_sentence(tmp_path):
    done = run("up", "--workers", "2", KLANTBUS_DATA=str(tmp_path))
    assert done.returncode == 3
    assert done.stderr == (
        "klantbus: the journal is judged by one worker; several need Kafka: --kafka HOST:PORT\n"
    )


@pytest.mark.parametrize("words", [["up"], ["projection", "run"], ["event", "tail"]])
def test_a_data_folder_that_cannot_be_is_told_in_one_sentence(words, tmp_path):
    (tmp_path / "taken").write_text("a file")
    done = run(*words, "--data", str(tmp_path / "taken" / "data"))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-1].startswith("klantbus: the data folder")
    assert "Traceback" not in done.stderr


def test_completion_knows_the_verbs_of_a_noun():
    words = {"_KLANTBUS_COMPLETE": "complete_bash", "COMP_WORDS": "klantbus promise l", "COMP_CWORD": "2"}
    assert run(**words).stdout.split() == ["list"]
