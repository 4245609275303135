"""Which statements of a read model a batch costs."""

import pytest

from projections.models import ReadModel

APPLY = """-- reads: a.one, a.two
-- reads: a.three
DELETE FROM first WHERE event_id IN (SELECT event_id FROM withdrawn);

-- Told in three ways.
INSERT INTO first SELECT event_id FROM batch;
-- reads: b.one
DELETE FROM second WHERE event_id IN (SELECT event_id FROM withdrawn);
INSERT INTO second SELECT event_id FROM batch;
DELETE FROM second WHERE event_id = '';
-- reads: *
INSERT INTO everything SELECT event_id FROM batch;
"""


def told(tmp_path, types, withdrawn=()):
    """The beginnings of the statements for a batch with facts of these types, and some of those withdrawn."""
    (tmp_path / "apply.sql").write_text(APPLY)
    steps = ReadModel(tmp_path).steps(frozenset(types), frozenset(withdrawn))
    return [" ".join(step.query.replace("-- Told in three ways.", "").split()[:3]) for step in steps]


@pytest.mark.parametrize("event", ["a.one", "a.two", "a.three"])
def test_a_statement_runs_for_the_types_named_above_it_and_for_no_others(tmp_path, event):
    assert told(tmp_path, [event]) == ["INSERT INTO first", "INSERT INTO everything"]


def test_a_batch_of_other_facts_costs_only_what_reads_everything(tmp_path):
    assert told(tmp_path, ["c.one"], ["c.one"]) == ["INSERT INTO everything"]


def test_rows_of_withdrawn_facts_are_looked_for_only_when_some_fact_was_withdrawn(tmp_path):
    plain = ["INSERT INTO second", "DELETE FROM second", "INSERT INTO everything"]
    assert told(tmp_path, ["b.one"]) == plain
    assert told(tmp_path, ["b.one"], ["b.one"]) == ["DELETE FROM second", *plain]


def test_nor_are_they_looked_for_where_facts_of_other_types_were_withdrawn(tmp_path):
    assert "DELETE FROM first" not in told(tmp_path, ["a.three", "b.one"], ["b.one"])
