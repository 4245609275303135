"""The questions of an analyst on promises, alerts and departments, over a house of a few facts."""

from read_side import at, only


def test_what_is_broken_now_stands_by_the_department_that_must_do_it(house, answers):
    house.judges("p1", "broken", at(9), performer="logistics", due=at(6, 22), value="120.00")
    house.judges("p2", "kept", at(9), due=at(6))
    house.states("department.heartbeat", "sales", at(11))
    row = only(answers("FROM broken_now"))
    assert (row["promise_id"], row["performer"], row["customer_id"], row["days_late"]) == (
        "p1",
        "logistics",
        "C1",
        5,
    )


def test_a_promise_due_soon_that_nobody_took_up_is_listed_and_one_that_is_planned_is_not(house, answers):
    house.judges("forgotten", "made", at(5), performer="logistics", due=at(10, 16))
    house.judges("planned", "made", at(5), performer="logistics", due=at(10, 16), planned_at=at(9))
    house.judges("taken", "accepted", at(5), accepted_at=at(5), due=at(10, 16))
    house.judges("later", "made", at(5), performer="logistics", due=at(11, 16))
    assert only(answers("FROM due_soon_and_nothing_done"))["promise_id"] == "forgotten"


def test_a_closed_day_is_no_working_day(house, answers):
    house.states(
        "calendar.published",
        "STD",
        at(2),
        "admin",
        calendar_id="STD",
        version=1,
        closed=["2026-03-06"],
        open=[],
    )
    assert answers("SELECT working_day_after(DATE '2026-03-05', 1) AS d")[0]["d"].day == 9


def test_the_kept_rate_is_given_agreed_and_first_word_for_promiser_and_performer(house, answers):
    house.judges("p1", "kept", at(9), performer="logistics", due=at(9), original_due=at(6), done_at=at(9))
    house.judges(
        "p2", "kept_late", at(9), performer="logistics", due=at(6), original_due=at(6), done_at=at(9)
    )
    house.judges("p3", "released", at(9), performer="logistics", due=at(6))
    house.judges("p4", "cancelled", at(9), performer="logistics", due=at(6), consent=False)
    house.judges("p5", "kept", at(9), performer="logistics", due=at(6), kind="payment")
    rows = {(row["role"], row["department"]): row for row in answers("FROM kept_rate")}
    assert set(rows) == {("made_by", "sales"), ("performer", "logistics")}
    row = rows["performer", "logistics"]
    assert (row["n"], row["kept_rate_agreed"], row["kept_rate_first_word"]) == (3, 0.3333, 0.0)


def test_strict_otif_asks_for_every_line_full_and_in_time(house, answers):
    full = [
        {"sku": "A", "promised": "10", "fulfilled": "10"},
        {"sku": "B", "promised": "1", "fulfilled": "1"},
    ]
    short = [{"sku": "A", "promised": "10", "fulfilled": "6"}]
    house.judges("p1", "kept", at(6), due=at(6), lines=full)
    house.judges("p2", "broken", at(6), due=at(6), lines=short)
    rates = {row["sku"]: (row["n"], row["rate"]) for row in answers("FROM strict_otif_by_sku")}
    assert rates == {"A": (2, 0.5), "B": (1, 1.0)}


def test_what_is_brought_before_its_window_is_not_on_time_however_full(house, answers):
    late, early = ({"from": f"2026-03-0{day}T10:00:00Z", "to": f"2026-03-0{day}T12:00:00Z"} for day in (6, 5))
    full = [{"sku": "A", "promised": "10", "fulfilled": "10"}]
    for name, due in (("p1", late), ("p2", early), ("p3", late)):
        house.states(
            "promise.made", "C1", at(2), promise_id=name, made_by="sales", performer="sales", due=due
        )
        house.judges(name, "kept", at(5, 11), due=at(6, 12), done_at=at(5, 11), lines=full)
    house.states(
        "promise.rescheduled", "C1", at(3), promise_id="p3", due=early, initiated_by="customer", agreed=True
    )
    row = only(answers("FROM strict_otif_by_sku"))
    assert (row["n"], row["otif"]) == (3, 2)


def test_a_promise_kept_but_told_late_names_the_queue_in_which_the_evidence_lay(house, answers):
    evidence = house.states(
        "delivery.completed",
        "C1",
        at(6, 14),
        "logistics",
        told=at(9, 10),
        lines=[{"sku": "A", "quantity": "1"}],
    )
    used = [{"event_id": evidence, "at": at(6, 14), "tier": "T1"}]
    house.judges("p1", "kept", at(9, 10), flags=["late_evidence"], evidence=used, done_at=at(6, 14))
    row = only(answers("FROM kept_but_told_late"))
    assert (row["told_by"], row["queue"], row["hours_late"]) == ("logistics", "/logistics/system", 68.0)


def test_what_we_knew_at_a_moment_stands_beside_what_was_true_then(house, answers):
    house.judges("p1", "accepted", at(2), made_at=at(2))
    house.judges("p1", "overdue", at(6, 23), due=at(6, 23))
    house.judges("p1", "broken", at(9, 9), due=at(6, 23), grace_ends_at=at(9, 9))
    house.judges("p1", "kept", at(9, 10, 30), done_at=at(6, 14))
    row = only(answers("FROM what_we_knew_and_what_was_true('C1', $1)", at(9, 10)))
    assert (row["we_knew"], row["was_true"], row["agreed"]) == ("broken", "kept", False)
    before = only(answers("FROM what_we_knew_and_what_was_true('C1', $1)", at(6, 13)))
    assert (before["we_knew"], before["was_true"]) == ("accepted", "accepted")


def test_the_history_has_two_clocks_and_they_never_overlap(house, answers):
    house.judges("p1", "accepted", at(2), made_at=at(2))
    house.judges("p1", "broken", at(9, 9), grace_ends_at=at(9, 9))
    house.judges("p1", "kept", at(9, 10, 30), done_at=at(6, 14))
    rows = answers(
        "SELECT state, valid_from, valid_to, known_from, known_to FROM promise_state_history "
        "ORDER BY known_from, valid_from"
    )
    open_now = [(row["state"], row["valid_from"], row["valid_to"]) for row in rows if row["known_to"] is None]
    assert open_now == [("accepted", at(2), at(6, 14)), ("kept", at(6, 14), None)]
    believed = [
        (row["state"], row["known_from"], row["known_to"]) for row in rows if row["state"] == "broken"
    ]
    assert believed == [("broken", at(9, 9), at(9, 10, 30))]
    overlaps = answers(
        "SELECT count(*) AS n FROM promise_state_history a JOIN promise_state_history b "
        "ON a.promise_id = b.promise_id "
        "AND (a.valid_from, a.known_from) < (b.valid_from, b.known_from) "
        "AND coalesce(a.valid_to, 'infinity') > b.valid_from "
        "AND a.valid_from < coalesce(b.valid_to, 'infinity') "
        "AND coalesce(a.known_to, 'infinity') > b.known_from "
        "AND a.known_from < coalesce(b.known_to, 'infinity')"
    )
    assert overlaps == [{"n": 0}]


def test_a_verdict_on_the_date_alone_adds_no_state_to_the_history(house, answers):
    house.judges("p1", "accepted", at(2), made_at=at(2), due=at(6))
    house.judges("p1", "accepted", at(4), made_at=at(2), due=at(9))
    house.judges("p1", "at_risk", at(9), made_at=at(2), due=at(9))
    rows = answers(
        "SELECT state, valid_from FROM promise_state_history WHERE known_to IS NULL ORDER BY valid_from"
    )
    assert [(row["state"], row["valid_from"]) for row in rows] == [("accepted", at(2)), ("at_risk", at(9))]
    assert answers("SELECT due FROM promise")[0]["due"] == at(9)


def test_handing_over_work_is_measured_per_pair(house, answers):
    for number, hours in enumerate((1, 3), start=1):
        house.judges(
            f"p{number}",
            "accepted",
            at(2, 9 + hours),
            performer="logistics",
            made_at=at(2),
            accepted_at=at(2, 9 + hours),
        )
    house.judges("p3", "made", at(2), performer="logistics", made_at=at(2))
    row = only(answers("FROM handoff_acceptance"))
    assert (row["made_by"], row["performer"], row["n"], row["accepted"], row["hours_p50"]) == (
        "sales",
        "logistics",
        3,
        2,
        2.0,
    )


def test_a_conflict_is_told_with_its_pair_and_how_long_it_stood(house, answers):
    house.judges("p1", "accepted", at(2))
    house.judges("p2", "accepted", at(3), made_by="service", performer="service")
    house.warns("promise.conflict", "p1+p2", at(3, 9))
    house.warns("promise.conflict", "p1+p2", at(3, 12), edge="resolved")
    row = only(answers("FROM conflicts_by_pair"))
    assert (row["one"], row["other"], row["conflicts"], row["longest_hours"]) == ("sales", "service", 1, 3.0)


def test_padding_stands_beside_the_kept_rate(house, answers):
    house.judges("p1", "kept", at(9), due=at(9), original_due=at(7), requested_due=at(6))
    row = only(answers("FROM padding_against_kept_rate"))
    assert (row["department"], row["padding_days_median"], row["kept_rate_agreed"]) == ("sales", 3.0, 1.0)


def test_an_invoice_that_surprised_is_told_and_whether_it_was_credited(house, answers):
    house.states("invoice.issued", "C1", at(5), "finance", invoice_no="F1", total_net="1000.00")
    house.warns("invoice.price_mismatch", "F1", at(5, 10))
    house.states("invoice.credited", "C1", at(6), "finance", invoice_no="F1")
    row = only(answers("FROM invoices_that_surprised"))
    assert (row["kind"], row["invoice_no"], row["credited"]) == ("invoice.price_mismatch", "F1", True)


def test_an_invoice_that_was_sent_again_under_its_number_surprised_once(house, answers):
    for day in (5, 6):
        house.states("invoice.issued", "C1", at(day), "finance", invoice_no="F1", total_net="1000.00")
    house.warns("invoice.before_delivery", "F1", at(5, 13))
    row = only(answers("FROM invoices_that_surprised"))
    assert (row["kind"], row["invoiced_at"], row["credited"]) == ("invoice.before_delivery", at(5), False)


def test_publication_lag_is_told_per_system_and_hour_with_the_silence_before(house, answers):
    house.states("department.heartbeat", "sales", at(2, 9), told=at(2, 9, 2))
    house.states("department.heartbeat", "sales", at(2, 9), told=at(2, 13, 0))
    rows = answers("FROM publication_lag_by_hour")
    assert [row["silent_hours_before"] for row in rows] == [None, 3]
    assert rows[0]["lag_minutes_p50"] == 2
    assert abs(rows[1]["lag_minutes_p50"] - 240) <= 240 / 20


def test_every_rung_of_the_ladder_is_a_notification(house, answers):
    house.warns("promise.broken", "p1", at(9, 10), severity="high")
    house.warns("promise.broken", "p1", at(9, 12), edge="escalated", level=1, owner="e7")
    house.warns("promise.broken", "p1", at(9, 14), edge="escalated", level=2)
    rungs = answers("SELECT key, level, owner, time FROM notification ORDER BY level")
    assert [(row["key"], row["level"], row["owner"]) for row in rungs] == [("p1", 1, "e7"), ("p1", 2, None)]
    assert rungs[0]["time"] == at(9, 12)


def test_alerts_are_counted_by_what_they_led_to(house, answers):
    house.warns("promise.broken", "p1", at(9, 9), severity="high")
    house.warns("promise.broken", "p1", at(9, 10), edge="acknowledged", owner="m12")
    house.warns("promise.broken", "p1", at(9, 11), edge="resolved", reason="was_kept")
    house.warns("promise.broken", "p2", at(9, 9))
    house.warns("promise.broken", "p2", at(9, 11), edge="escalated", level=1)
    row = only(answers("FROM alert_outcomes"))
    counts = [row[name] for name in ("raised", "acknowledged", "escalated", "resolved", "false_alarms")]
    assert counts == [2, 1, 1, 1, 1]


def test_a_department_has_one_row_a_day_with_what_it_kept_and_how_it_told(house, answers):
    house.states("department.heartbeat", "logistics", at(6), "logistics", told=at(6, 9, 5))
    house.judges("p1", "kept", at(6, 12), performer="logistics", due=at(6, 16))
    row = only(answers("FROM department_day WHERE department = 'logistics'"))
    assert (row["facts"], row["lag_minutes_p50"], row["kept"], row["broken"]) == (1, 5, 1, 0)


def test_a_departments_day_counts_what_it_mended_what_nobody_matched_and_how_long_it_was_silent(
    house, answers
):
    said = house.states("department.heartbeat", "logistics", at(6), "logistics")
    house.states("event.retracted", "logistics", at(6, 10), "logistics", target_event_id=said)
    for kind in ("evidence.unmatched", "handoff.missing", "info.late_publication"):
        house.warns(kind, "e1", at(6, 11), whose="logistics")
    house.warns("info.silent_department", "logistics", at(6, 21))
    house.warns("info.silent_department", "logistics", at(9, 8), edge="resolved")
    rows = {row["day"].day: row for row in answers("FROM department_day WHERE department = 'logistics'")}
    counts = ("corrected", "unmatched", "handoffs_missed", "told_late")
    assert [rows[6][name] for name in counts] == [1, 1, 1, 1]
    # by local time an hour later than in UTC: Friday from 22:00, until Monday 09:00
    assert {day: row["silent_minutes"] for day, row in rows.items()} == {6: 120, 7: 1440, 8: 1440, 9: 540}


def test_evidence_that_counts_no_more_keeps_its_row_with_the_moment_it_stopped(house, answers):
    house.judges(
        "p1",
        "kept",
        at(5),
        evidence=[{"event_id": "d1", "at": at(5), "tier": "T1", "sku": "A", "quantity": "10"}],
    )
    house.judges("p1", "broken", at(9, 13))
    row = only(answers("FROM evidence_link"))
    assert (row["evidence_event_id"], row["quantity"], row["unlinked_at"]) == ("d1", 10, at(9, 13))


def test_every_question_can_be_asked_of_an_empty_house(answers):
    views = answers("SELECT database_name, view_name FROM duckdb_views() WHERE NOT internal")
    assert len(views) > 40
    for view in views:
        answers(f"FROM {view['database_name']}.{view['view_name']}")
