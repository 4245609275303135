"""A day that is declared closed moves open promises by a visible fact, and leaves closed ones alone (N12)."""

from datetime import UTC, date, datetime

import pytest

from klantbus.domain import events as e
from klantbus.domain.book import Book
from klantbus.domain.calendar import Calendar
from klantbus.domain.calendar_moves import calendar_moves
from klantbus.domain.customer import Customer
from klantbus.domain.micros import micros
from klantbus.domain.rules import Calendars, Rules

HOURS = {"open": {"mon-fri": ["08:30-17:00"]}, "closed": ["2026-05-14"]}
BEFORE = Calendar.from_settings({**HOURS, "version": 1})
AFTER = Calendar.from_settings({**HOURS, "version": 2, "closed": ["2026-05-14", "2026-05-15"]})


def fact(name: str, data: e.Payload, at: datetime) -> e.Fact:
    return e.Fact(
        id=name, source="/sales/crm", type=data.event, subject="C1", time=at, recordedtime=at, data=data
    )


def callback(name: str) -> e.PromiseMade:
    return e.PromiseMade(
        promise_id=name,
        kind=e.PromiseKind.CALLBACK,
        made_by="sales",
        performer="sales",
        due=e.DueWorkingDays(working_days=2),
    )


@pytest.fixture
def book() -> Book:
    """A promise of Tuesday 12 May, due in two working days: Friday 15 May, for Thursday is Ascension Day."""
    book = Book(Rules(Calendars(BEFORE)))
    at = datetime(2026, 5, 12, 8, 0, tzinfo=UTC)
    book.learn(fact("e1", callback("p1"), at), micros(at))
    book.learn(fact("e2", callback("p2"), at), micros(at))
    done = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
    book.learn(fact("e3", e.PromiseFulfilled(promise_id="p2"), done), micros(done))
    return book


def closing(book: Book) -> Customer:
    customer = book.customers["C1"]
    customer.judge_by(
        Rules(Calendars(BEFORE).with_version(AFTER, micros(datetime(2026, 5, 12, 9, 30, tzinfo=UTC))))
    )
    return customer


def test_an_open_promise_is_moved_and_a_closed_one_is_not(book):
    assert BEFORE.day_of(book.promise("p1").due) == date(2026, 5, 15)
    (move,) = calendar_moves(closing(book))
    assert move.promise_id == "p1"
    assert move.becomes == AFTER.close_of_business(date(2026, 5, 18))


def test_what_is_proposed_moves_the_promise_and_counts_as_nobodys_breach(book):
    (move,) = calendar_moves(closing(book))
    at = datetime(2026, 5, 12, 10, 0, tzinfo=UTC)
    for number in range(4):
        book.learn(fact(f"m{number}", move.payload(), at), micros(at))
    promise = book.promise("p1")
    assert promise.due == move.becomes
    assert (promise.moves, promise.after_breach) == (0, 0)
    assert promise.said_alerts == ()


def test_a_published_calendar_moves_what_is_open_and_new_promises_are_reckoned_with_it(book):
    at = datetime(2026, 5, 12, 10, 0, tzinfo=UTC)
    said = e.CalendarPublished(
        calendar_id="nl",
        version=2,
        open=tuple(e.OpenRange(weekday=day, opens="08:30", closes="17:00") for day in range(1, 6)),
        closed=(date(2026, 5, 14), date(2026, 5, 15)),
    )
    published = e.Fact(
        id="k1", source="/admin/hr", type=said.event, subject="nl", time=at, recordedtime=at, data=said
    )
    (moved,) = book.learn(published, micros(at))
    assert (moved.promise_id, moved.state, moved.sight.revision) == ("p1", "accepted", 1)
    assert AFTER.day_of(moved.sight.due) == date(2026, 5, 18)
    assert book.promise("p2").revision == 0
    book.learn(fact("e4", callback("p3"), at), micros(at))
    assert AFTER.day_of(book.promise("p3").due) == date(2026, 5, 18)
    assert book.promise("p3").revision == 0


def by_date(name: str) -> e.PromiseMade:
    """A delivery by Thursday 21 May: warned of on Wednesday, and broken on Friday at ten."""
    return e.PromiseMade(
        promise_id=name,
        kind=e.PromiseKind.DELIVERY,
        made_by="sales",
        performer="logistics",
        order_ref="O1",
        due=e.DueDate(date=date(2026, 5, 21)),
    )


@pytest.fixture
def frozen() -> tuple[Book, e.Fact]:
    """A promise by a date, and the fact by which the days of its warning and its grace are closed later."""
    book = Book(Rules(Calendars(BEFORE)))
    at = datetime(2026, 5, 12, 8, 0, tzinfo=UTC)
    book.learn(fact("e1", by_date("p1"), at), micros(at))
    later = datetime(2026, 5, 13, 8, 0, tzinfo=UTC)
    book.judge(micros(later))
    said = e.CalendarPublished(
        calendar_id="nl",
        version=2,
        open=tuple(e.OpenRange(weekday=day, opens="08:30", closes="17:00") for day in range(1, 6)),
        closed=(date(2026, 5, 14), date(2026, 5, 20), date(2026, 5, 22)),
    )
    return book, e.Fact(
        id="k1", source="/admin/hr", type=said.event, subject="nl", time=later, recordedtime=later, data=said
    )


def moments(book: Book) -> tuple[int, int | None, int]:
    clock = book.promise("p1").clock
    assert clock is not None
    return clock.last, clock.warn, clock.grace


def test_a_day_closed_later_moves_no_warning_and_no_grace_where_the_promised_date_stays(frozen):
    book, closed = frozen
    before = moments(book)
    assert book.learn(closed, micros(closed.time)) == []
    assert moments(book) == before
    assert book.moves == []
    assert BEFORE.day_of(before[2]) == date(2026, 5, 22)


def test_what_was_done_in_time_is_kept_though_a_break_was_called_on_the_day_closed_later(frozen):
    book, closed = frozen
    book.learn(closed, micros(closed.time))
    monday = datetime(2026, 5, 25, 8, 0, tzinfo=UTC)
    book.judge(micros(monday))
    assert book.promise("p1").said_state == "broken"
    done = e.DeliveryCompleted(order_ref="O1")
    book.learn(fact("d1", done, datetime(2026, 5, 21, 14, 0, tzinfo=UTC)), micros(monday))
    promise = book.promise("p1")
    assert (promise.said_state, promise.said_flags, promise.said_alerts) == ("kept", ("late_evidence",), ())


def test_the_next_date_that_is_agreed_reckons_warning_and_grace_by_the_calendar_of_then(frozen):
    book, closed = frozen
    book.learn(closed, micros(closed.time))
    at = datetime(2026, 5, 18, 8, 0, tzinfo=UTC)
    moved = e.PromiseRescheduled(promise_id="p1", due=e.DueDate(date=date(2026, 5, 21)), agreed=True)
    book.learn(fact("m1", moved, at), micros(at))
    assert BEFORE.day_of(moments(book)[2]) == date(2026, 5, 25)
