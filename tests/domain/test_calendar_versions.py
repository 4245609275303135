"""Calendars are taken back and corrected as any other fact, and promises follow by facts that all can see."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from klantbus.domain import events as e
from klantbus.domain.book import Book
from klantbus.domain.calendar import Calendar
from klantbus.domain.calendar_versions import Versions
from klantbus.domain.micros import HOUR, micros
from klantbus.domain.rules import Calendars, Rules

HOUSE = Calendar.from_settings({"open": {"mon-fri": ["08:30-17:00"]}, "holidays": "none"})
WEEK = tuple(e.OpenRange(weekday=day, opens="08:30", closes="17:00") for day in range(1, 6))
MONDAY = datetime(2026, 5, 11, 8, 0, tzinfo=UTC)
WEDNESDAY, THURSDAY, FRIDAY = date(2026, 5, 13), date(2026, 5, 14), date(2026, 5, 15)


class Story:
    """A book to which facts are told one hour after the other, and what it said of promise p1."""

    def __init__(self) -> None:
        self.book = Book(Rules(Calendars(HOUSE)))
        self.now = MONDAY

    def tell(self, name: str, data: e.Payload, *, by: str = "admin", about: str = "C1") -> None:
        self.now += timedelta(hours=1)
        self.book.learn(fact(name, data, self.now, by=by, about=about), micros(self.now))

    def publish(self, name: str, version: int, *closed: date) -> None:
        self.tell(name, published(version, *closed), about="nl")

    def retract(self, name: str, target: str, by: str = "admin") -> None:
        self.tell(name, e.EventRetracted(target_event_id=target), by=by, about="nl")

    def correct(self, name: str, target: str, by: str = "admin", **fields: object) -> None:
        changes = {field: json.dumps(value) for field, value in fields.items()}
        self.tell(name, e.EventCorrected(target_event_id=target, set=changes), by=by, about="nl")

    @property
    def due(self) -> date:
        """The day on which p1 is due."""
        return HOUSE.day_of(self.book.promise("p1").due)

    @property
    def moves(self) -> list[tuple[str, date]]:
        """What was published about moved promises: because of which fact, and to which day."""
        return [(move.causationid, HOUSE.day_of(micros(move.data.due.at))) for move, _ in self.book.moves]


def fact(name: str, data: e.Payload, at: datetime, *, by: str = "admin", about: str = "C1") -> e.Fact:
    return e.Fact(
        id=name, source=f"/{by}/hr", type=data.event, subject=about, time=at, recordedtime=at, data=data
    )


def published(version: int, *closed: date, name: str = "nl", **fields: object) -> e.CalendarPublished:
    return e.CalendarPublished(
        **{"calendar_id": name, "version": version, "open": WEEK, "closed": closed} | fields
    )


def in_working_days(days: int, name: str = "p1", **fields: object) -> e.PromiseMade:
    said = {"promise_id": name, "made_by": "sales", "performer": "sales", **fields}
    return e.PromiseMade(**{"due": e.DueWorkingDays(working_days=days), **said})


@pytest.fixture
def story() -> Story:
    """A promise of Monday, due in three working days: on Thursday."""
    story = Story()
    story.tell("e1", in_working_days(3))
    assert story.due == THURSDAY
    return story


# -- one version after the other


def test_each_version_reckons_from_what_was_promised(story):
    story.publish("k2", 2, THURSDAY)
    assert story.due == FRIDAY
    story.publish("k3", 3, WEDNESDAY, THURSDAY)
    assert story.due == date(2026, 5, 18)
    story.publish("k4", 4, WEDNESDAY)
    assert story.due == FRIDAY
    story.publish("k5", 5)
    assert story.due == THURSDAY
    assert [cause for cause, _ in story.moves] == ["k2", "k3", "k4", "k5"]
    promise = story.book.promise("p1")
    assert (promise.original, promise.revision, promise.moves) == (promise.due, 4, 0)


def test_a_date_with_a_cutoff_keeps_it_over_versions():
    story = Story()
    due = e.DueDate(date=FRIDAY, cutoff=e.Cutoff.CLOSE_OF_BUSINESS)
    story.tell("e1", in_working_days(0, due=due, early_is_breach=True))
    first, opening = story.book.promise("p1").due, story.book.promise("p1").clock.first
    story.tell(
        "k2", published(2, open_on=(e.OpenDay(date=FRIDAY, opens="08:30", closes="12:00"),)), about="nl"
    )
    assert story.book.promise("p1").due == first - 5 * HOUR
    story.tell(
        "k3", published(3, open_on=(e.OpenDay(date=FRIDAY, opens="08:30", closes="15:00"),)), about="nl"
    )
    assert story.book.promise("p1").due == first - 2 * HOUR
    assert story.book.promise("p1").clock.first == opening


def test_a_promise_made_under_one_version_and_moved_by_people_is_reckoned_from_their_word(story):
    story.publish("k2", 2, THURSDAY)
    story.tell(
        "e2",
        e.PromiseRescheduled(promise_id="p1", due=e.DueWorkingDays(working_days=2), agreed=True),
        by="sales",
    )
    assert story.due == WEDNESDAY
    story.publish("k3", 3, WEDNESDAY, THURSDAY)
    assert story.due == FRIDAY
    story.publish("k4", 4)
    assert story.due == WEDNESDAY


def test_a_correction_of_what_was_promised_counts_also_after_a_calendar_moved_it(story):
    story.publish("k2", 2, THURSDAY)
    changes = {"due": '{"working_days": 4}'}
    story.tell("x1", e.EventCorrected(target_event_id="e1", set=changes))
    assert story.due == date(2026, 5, 18)


def test_a_paused_promise_moves_as_well_and_goes_on_by_the_new_calendar(story):
    story.tell("e2", e.PromisePaused(promise_id="p1"), by="sales")
    story.publish("k2", 2, THURSDAY)
    assert (story.due, str(story.book.state("p1"))) == (FRIDAY, "paused")
    story.now += timedelta(days=1)
    story.tell("e3", e.PromiseResumed(promise_id="p1"), by="sales")
    due = story.book.promise("p1").due
    story.publish("k3", 3)
    after = story.book.promise("p1").due
    assert HOUSE.day_of(due) > HOUSE.day_of(after) > THURSDAY
    assert story.moves[-1][0] == "k3"


def test_a_calendar_is_no_answer_no_consent_and_no_good_news(story):
    story.tell("e2", in_working_days(3, "p2", performer="admin"), by="sales")
    story.tell("e3", e.PromiseRiskReported(promise_id="p2"), by="admin")
    unagreed = e.PromiseRescheduled(promise_id="p2", due=e.DueWorkingDays(working_days=9), agreed=False)
    story.tell("e4", unagreed, by="sales")
    story.publish("k2", 2, THURSDAY)
    promise = story.book.promise("p2")
    assert HOUSE.day_of(promise.due) == FRIDAY
    assert (promise.accepted_at, promise.risk_by, promise.unagreed_by) == (None, "e3", "e4")
    assert set(promise.said_alerts) >= {"promise.at_risk", "promise.moved_without_consent"}


def test_a_calendar_named_in_the_promise_moves_it_also_when_it_is_new_and_its_end_moves_it_back():
    story = Story()
    due = e.DueDate(date=FRIDAY, cutoff=e.Cutoff.CLOSE_OF_BUSINESS, calendar="yard")
    story.tell("e1", in_working_days(0, due=due))
    first = story.book.promise("p1").due
    early = (e.OpenRange(weekday=5, opens="07:00", closes="15:00"),)
    story.tell("k1", published(1, name="yard", open=early), about="yard")
    assert story.book.promise("p1").due == first - 2 * HOUR
    story.retract("r1", "k1")
    assert story.book.promise("p1").due == first
    story.tell("e2", in_working_days(0, "p2", due=due))
    assert story.book.promise("p2").due == first


def test_a_customer_chases_by_the_days_on_which_the_company_is_open(story):
    call = e.ContactLogged(direction=e.Direction.IN, channel=e.Channel.PHONE, contact_id="t1", reached=True)
    story.tell("e2", in_working_days(20, "p2"))
    story.tell("c1", call)
    story.tell("c2", call)
    story.now = MONDAY + timedelta(days=7)
    story.tell("c3", call)
    assert story.book.customers["C1"].dossier.chase is None
    story.publish("k2", 2, THURSDAY)
    story.tell("c4", e.EventRetracted(target_event_id="c2"))
    story.tell("c5", call)
    assert story.book.customers["C1"].dossier.chase is not None


# -- taken back


def test_a_calendar_taken_back_lets_promises_go_back_by_a_fact_that_all_can_see(story):
    story.publish("k2", 2, THURSDAY)
    story.tell("e2", in_working_days(3, "p2"))
    story.retract("r1", "k2")
    assert story.due == THURSDAY
    assert HOUSE.day_of(story.book.promise("p2").due) == THURSDAY
    assert story.moves == [("k2", FRIDAY), ("r1", THURSDAY), ("r1", THURSDAY)]
    story.tell("e3", in_working_days(3, "p3"))
    assert HOUSE.day_of(story.book.promise("p3").due) == THURSDAY
    assert story.book.promise("p3").revision == 0


def test_what_was_kept_before_a_calendar_is_taken_back_stays_as_it_was(story):
    story.publish("k2", 2, THURSDAY)
    story.tell("e2", e.PromiseFulfilled(promise_id="p1"), by="sales")
    story.retract("r1", "k2")
    assert (story.due, story.book.promise("p1").revision) == (FRIDAY, 1)


def test_the_version_before_holds_again_and_a_version_that_is_not_the_last_changes_nothing(story):
    story.publish("k2", 2, THURSDAY)
    story.publish("k3", 3, WEDNESDAY, THURSDAY)
    story.retract("r1", "k2")
    assert story.due == date(2026, 5, 18)
    story.retract("r2", "k3")
    assert story.due == THURSDAY
    assert [cause for cause, _ in story.moves] == ["k2", "k3", "r2"]


def test_taking_back_what_took_a_calendar_back_closes_the_day_again(story):
    story.publish("k2", 2, THURSDAY)
    story.retract("r1", "k2")
    story.retract("r2", "r1")
    assert story.due == FRIDAY


def test_only_the_department_that_published_a_calendar_takes_it_back_or_corrects_it(story):
    story.publish("k2", 2, THURSDAY)
    story.retract("r1", "k2", by="sales")
    story.correct("x1", "k2", by="sales", closed=[])
    assert story.due == FRIDAY


def test_a_repeat_and_hours_that_cannot_be_change_nothing(story):
    story.publish("k2", 2, THURSDAY)
    story.publish("k2", 3)
    story.tell("k4", published(4, open=()), about="nl")
    assert story.due == FRIDAY


# -- corrected


def test_a_corrected_calendar_holds_as_corrected(story):
    story.publish("k2", 2, THURSDAY)
    story.correct("x1", "k2", closed=["2026-05-13", "2026-05-14"])
    assert story.due == date(2026, 5, 18)
    story.correct("x2", "k2", closed=[])
    assert story.due == THURSDAY
    story.retract("r1", "x2")
    assert story.due == date(2026, 5, 18)
    story.retract("r2", "k2")
    assert story.due == THURSDAY


@pytest.mark.parametrize(
    "wrong", [{"closed": "never"}, {"nonsense": 1}, {"version": None}, {"open": []}, {"zone": "Mars/Olympus"}]
)
def test_a_correction_that_cannot_be_leaves_promises_where_the_others_put_them(story, wrong):
    story.publish("k2", 2, THURSDAY)
    story.correct("x1", "k2", **wrong)
    assert story.due == (THURSDAY if wrong == {"open": []} else FRIDAY)


def test_what_holds_follows_from_what_was_said_and_not_from_the_order_in_which_it_was_heard():
    at = [MONDAY + timedelta(hours=hour) for hour in range(5)]
    told = [
        fact("k2", published(2, WEDNESDAY), at[0], about="nl"),
        fact("k3", published(3, THURSDAY), at[1], about="nl"),
        fact(
            "x1", e.EventCorrected(target_event_id="k2", set={"closed": '["2026-05-15"]'}), at[2], about="nl"
        ),
        fact("r1", e.EventRetracted(target_event_id="k3"), at[3], about="nl"),
        fact("r2", e.EventRetracted(target_event_id="r1"), at[4], about="nl"),
    ]
    for heard in permutations(told):
        versions = Versions(Rules(Calendars(HOUSE)))
        for since, one in enumerate(heard):
            versions.hear(one, micros(one.time), since)
        assert versions.rules.calendar("sales", 99).closed == {THURSDAY}
        versions.hear(
            fact("r3", e.EventRetracted(target_event_id="k3"), at[4], about="nl"), micros(at[4]), 10
        )
        assert versions.rules.calendar("sales", 99).closed == {FRIDAY}
        versions.hear(
            fact("r4", e.EventRetracted(target_event_id="k2"), at[4], about="nl"), micros(at[4]), 11
        )
        assert versions.rules.calendar("sales", 99) == HOUSE


def test_the_calendar_that_was_published_last_holds_also_when_it_says_that_it_is_older():
    versions = Versions(Rules(Calendars(HOUSE)))
    versions.hear(fact("k2", published(2, WEDNESDAY), MONDAY, about="nl"), micros(MONDAY), 1)
    older = fact("k3", published(3, THURSDAY), MONDAY - timedelta(days=1), about="nl")
    versions.hear(older, micros(MONDAY) + HOUR, 2)
    assert versions.rules.calendar("sales", 3).closed == {THURSDAY}
