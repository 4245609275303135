"""The measures, with figures that can be worked on paper."""

from dataclasses import replace

import pytest

from klantbus.domain.events import PromiseKind, PromiseState
from klantbus.domain.measures import (
    Colour,
    CustomerSigns,
    PromiseRow,
    Reason,
    Share,
    Spread,
    by,
    first_word_rate,
    kept_rate,
    roominess,
    spread,
    strict_otif,
    temperature,
)
from klantbus.domain.micros import DAY, HOUR

S = PromiseState
BASE = PromiseRow("p", "sales", "logistics", PromiseKind.DELIVERY, S.KEPT, "2026-03", due=10 * DAY)


def promise(state: PromiseState, **changes) -> PromiseRow:
    return replace(BASE, state=state, **changes)


def test_the_kept_rate_counts_what_was_judged_and_what_was_called_off_without_asking():
    rows = [
        *[promise(S.KEPT)] * 6,
        promise(S.KEPT_LATE),
        promise(S.BROKEN),
        promise(S.PARTIALLY_KEPT),
        promise(S.CANCELLED, consent=False),
    ]
    assert kept_rate(rows) == Share(6, 10)
    assert kept_rate(rows).share == 0.6


@pytest.mark.parametrize(
    "state",
    [
        S.RELEASED,
        S.EXPIRED,
        S.DECLINED,
        S.MADE,
        S.ACCEPTED,
        S.AT_RISK,
        S.OVERDUE,
        S.PAUSED,
        S.CONDITIONAL,
        S.GONE,
    ],
)
def test_what_is_open_or_nobodys_fault_stays_out_of_the_rate(state):
    assert kept_rate([promise(S.KEPT), promise(state)]) == Share(1, 1)


def test_called_off_with_consent_stays_out_of_the_rate():
    assert kept_rate([promise(S.CANCELLED, consent=True)]) == Share(0, 0)


def test_a_customers_own_payment_is_not_our_word():
    assert kept_rate([promise(S.BROKEN, kind=PromiseKind.PAYMENT), promise(S.KEPT)]) == Share(1, 1)


def test_nothing_to_count_is_no_data_and_not_zero():
    assert kept_rate([]).share is None
    assert kept_rate([promise(S.BROKEN)]).share == 0.0
    assert spread([]) == Spread(0, None, None)


def test_the_first_word_is_missed_by_a_promise_that_was_kept_on_its_second_date():
    moved = promise(S.KEPT, done_at=12 * DAY, original_due=10 * DAY, due=14 * DAY)
    on_the_dot = promise(S.KEPT, done_at=10 * DAY, original_due=10 * DAY)
    brought_forward = promise(S.KEPT_LATE, done_at=9 * DAY, original_due=10 * DAY, due=8 * DAY)
    assert kept_rate([moved, on_the_dot, brought_forward]) == Share(2, 3)
    assert first_word_rate([moved, on_the_dot, brought_forward]) == Share(2, 3)
    assert first_word_rate([moved]) == Share(0, 1)


def test_a_broken_promise_with_some_evidence_keeps_no_first_word():
    assert first_word_rate([promise(S.BROKEN, done_at=1, original_due=10 * DAY)]) == Share(0, 1)


def test_a_price_promise_without_a_date_keeps_its_first_word_when_it_is_kept():
    assert first_word_rate([promise(S.KEPT, due=None), promise(S.KEPT_LATE, due=None)]) == Share(1, 2)


def test_strict_otif_wants_every_line_full_and_not_before_the_window():
    rows = [
        promise(S.KEPT, done_at=9 * DAY, window_from=8 * DAY),
        promise(S.KEPT, done_at=7 * DAY, window_from=8 * DAY),
        promise(S.KEPT, full=False),
        promise(S.KEPT_LATE),
    ]
    assert strict_otif(rows) == Share(1, 4)


def test_one_rate_per_month_of_the_deadline_and_per_department():
    rows = [
        promise(S.KEPT),
        promise(S.BROKEN, performer="workshop"),
        promise(S.KEPT, made_by="service", month="2026-04"),
    ]
    per_month = {month: kept_rate(group) for month, group in by(rows, lambda row: row.month).items()}
    per_maker = {maker: kept_rate(group) for maker, group in by(rows, lambda row: row.made_by).items()}
    per_doer = {doer: kept_rate(group) for doer, group in by(rows, lambda row: row.performer).items()}
    assert per_month == {"2026-03": Share(1, 2), "2026-04": Share(1, 1)}
    assert per_maker == {"sales": Share(1, 2), "service": Share(1, 1)}
    assert per_doer == {"logistics": Share(2, 2), "workshop": Share(0, 1)}


def test_the_sandbagging_guard_is_the_median_room_between_asked_and_promised():
    rows = [promise(S.KEPT, requested_due=10 * DAY - room * DAY) for room in (0, 1, 5)]
    assert roominess([*rows, promise(S.KEPT)]) == Spread(3, DAY, 5 * DAY)


def test_median_and_95th_percentile_are_lengths_that_occurred():
    assert spread(range(1, 101)) == Spread(100, 50, 95)
    assert spread([7 * HOUR]) == Spread(1, 7 * HOUR, 7 * HOUR)
    assert spread([4, 1]) == Spread(2, 1, 4)


@pytest.mark.parametrize(
    ("signs", "colour", "reasons"),
    [
        (CustomerSigns(), Colour.GREEN, ()),
        (CustomerSigns(last_score=3), Colour.GREEN, ()),
        (CustomerSigns(last_score=2), Colour.AMBER, (Reason.LOW_SCORE,)),
        (CustomerSigns(conflicts=1), Colour.AMBER, (Reason.CONFLICT,)),
        (CustomerSigns(chasing=True), Colour.RED, (Reason.CHASING,)),
        (CustomerSigns(complaints_open=1), Colour.RED, (Reason.COMPLAINT,)),
        (CustomerSigns(broken_open=2, last_score=1), Colour.RED, (Reason.BROKEN_PROMISE, Reason.LOW_SCORE)),
    ],
)
def test_a_customers_colour_comes_with_its_reasons(signs, colour, reasons):
    found = temperature(signs)
    assert (found.colour, found.reasons) == (colour, reasons)
