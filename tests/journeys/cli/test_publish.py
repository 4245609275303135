import json

import pytest


def test_a_promise_is_stated_in_three_words(terminal):
    words = ["--what", "We call you back", "--when", "+1h", "--who", "sales"]
    (told,) = terminal.json("publish", "promise", "--customer", "K1001", *words)
    assert told["promise_id"].startswith("P-")
    fact = json.loads(terminal.run("event", "show", told["id"]).stdout)
    assert fact["data"]["as_said"] == "We call you back"
    assert fact["data"]["made_by"] == fact["data"]["performer"] == "sales"
    assert fact["source"] == "/sales/cli"


def test_any_field_of_a_type_is_an_option_with_its_parts_and_lists(terminal):
    words = ["--promise-id", "P7", "--made_by", "sales", "--performer=logistics", "--kind", "delivery"]
    words += ["--due.working_days", "2", "--lines", '[{"sku": "A", "quantity": "2"}]']
    (told,) = terminal.json("publish", "promise.made", "--customer", "K1", "--department", "sales", *words)
    data = json.loads(terminal.run("event", "show", told["id"]).stdout)["data"]
    assert (data["promise_id"], data["performer"], data["due"]["working_days"]) == ("P7", "logistics", 2)
    assert [(line["sku"], line["quantity"]) for line in data["lines"]] == [("A", "2.000000")]


def test_facts_of_several_departments_go_in_from_a_file(terminal):
    lines = [
        {"type": "department.heartbeat", "department": "sales", "data": {}},
        {"type": "payment.received", "department": "finance", "customer": "K1", "data": {"amount": "2.50"}},
    ]
    (terminal.folder / "facts.jsonl").write_text("\n".join(map(json.dumps, lines)))
    told = terminal.json("publish", "--file", "facts.jsonl")
    assert [one["place"].rsplit("/", 2)[0] for one in told] == [
        "klantbus.events.sales",
        "klantbus.events.finance",
    ]


@pytest.mark.parametrize(
    ("words", "sentence", "code"),
    [
        (
            ["payment.received", "-c", "K1", "--department", "sales", "--amount", "1"],
            "sales may not state",
            1,
        ),
        (["promise", "-c", "K1"], "a promise needs --what, --when, --who", 2),
        (["promise", "--what", "x", "--when", "+1h", "--who", "sales"], "say about which customer it is", 2),
        (["payment.received", "-c", "K1", "--amount", "1"], "say which department states it", 2),
        (["payment.received", "-c", "K1", "--department", "cook", "--amount", "1"], "no department cook", 1),
        (
            ["promise", "-c", "K1", "--what", "x", "--when", "gisteren", "--who", "sales"],
            "--when: 'gisteren'",
            1,
        ),
        ([], "say what to state", 2),
    ],
)
def test_what_cannot_be_stated_is_refused_in_one_sentence(terminal, words, sentence, code):
    done = terminal.run("publish", *words)
    assert done.returncode == code
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert terminal.run("event", "tail").stdout == ""
