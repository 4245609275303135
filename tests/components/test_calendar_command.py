"""`klantbus calendar`, as somebody in administration would use it."""

import json
import tomllib

import pytest
from typer.testing import CliRunner

from apps.calendars import read_calendar
from apps.cli.main import app
from klantbus.bus.errors import Misuse
from klantbus.domain.calendar import Calendar

run = CliRunner()


def said(*words: str) -> str:
    result = run.invoke(app, ["calendar", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_proposal_names_every_closed_day_of_the_year():
    closed = tomllib.loads(said("propose", "--year", "2027"))["closed"]
    assert closed["2027-03-29"] == "Easter Monday"
    assert "2027-03-26" not in closed  # Good Friday is worked
    assert "2027-05-05" not in closed  # no lustrum year


def test_good_friday_and_the_fifth_of_may_are_settings():
    words = ("propose", "--year", "2027", "--json", "--good-friday", "closed", "--liberation-day", "always")
    closed = json.loads(said(*words))["closed"]
    assert {"2027-03-26", "2027-05-05"} <= {*closed}


@pytest.mark.parametrize("year", [2026, 2027, 2030, 2035])
def test_the_library_and_the_table_have_nothing_to_differ_about(year):
    assert not run.invoke(app, ["calendar", "propose", "--year", str(year)]).stderr


def test_a_year_beyond_the_table_is_proposed_with_a_warning():
    result = run.invoke(app, ["calendar", "propose", "--year", "2051"])
    assert "2051" in result.stderr
    assert "Easter Monday" in result.stdout


def test_what_is_proposed_can_be_read_back_as_a_calendar_of_dates(tmp_path):
    years = ("--year", "2026", "--year", "2027")
    for name, words in (("c.toml", ()), ("c.json", ("--json",))):
        (tmp_path / name).write_text(said("propose", *years, *words), "utf-8")
    table = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}})
    for name in ("c.toml", "c.json"):
        calendar = read_calendar(tmp_path / name)
        assert calendar.closed == {day for day in table.closed if day.year in {2026, 2027}}


def test_a_day_is_shown_by_the_local_clock_and_in_utc():
    (row,) = json.loads(said("show", "--date", "2026-07-01", "--json"))
    assert row["open"] == ["08:30-17:00"]
    assert row["open_utc"] == [["2026-07-01T06:30:00+00:00", "2026-07-01T15:00:00+00:00"]]
    assert row["open_minutes"] == 510


def test_kings_day_is_shown_as_closed_with_the_next_working_day():
    assert "closed  (next working day 2026-04-28)" in said("show", "--date", "2026-04-27")


def test_today_is_shown_when_no_date_is_asked_for():
    assert len(json.loads(said("show", "--json", "--days", "3"))) == 3


@pytest.mark.parametrize("word", ["tomorrow", "9999-12-31", "0001-01-01"])
def test_a_word_that_is_no_date_we_reckon_with_is_a_usage_error(word):
    assert run.invoke(app, ["calendar", "show", "--date", word]).exit_code == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.toml", "open = ["),
        ("c.json", "[]"),
        ("c.json", "{"),
        ("c.toml", 'timezone = "UTC"'),
        ("c.toml", "\xff"),
    ],
)
def test_a_calendar_file_that_is_wrong_is_refused_by_name(tmp_path, name, text):
    (tmp_path / name).write_text(text, "latin-1")
    with pytest.raises(Misuse, match=name):
        read_calendar(tmp_path / name)


def test_a_calendar_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(Misuse, match="nowhere"):
        read_calendar(tmp_path / "nowhere.toml")
