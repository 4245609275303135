"""Row N11 of RULES section 8: what is told of the time in which the alerter itself was away.

Instants are those of test_notification_rows.py.
"""

BROKEN = "promise.broken"
SILENT = "info.silent_department"


async def test_n11_an_outage_over_the_weekend_is_one_catch_up_digest(story):
    for number in range(12):
        story.raised("6 Mar 16:30", BROKEN, f"p{number:02}", known="9 Mar 09:00")
    told = await story.told("9 Mar 09:30")
    by_receiver = {one.receiver: one for one in told}
    assert len(told) == len(by_receiver)
    assert [(one.level, len(one.keys)) for one in told] == [("catch-up", 12)] * 2
    assert by_receiver.keys() == {"logistics.head", "sales"}


async def test_n11_what_came_and_went_in_the_outage_is_named_too(story):
    back = "9 Mar 09:00"
    story.raised("6 Mar 15:55", BROKEN, "before")
    for name in ("open", "kept", "short"):
        story.raised("6 Mar 16:30", BROKEN, name, known=back)
    story.resolved("6 Mar 16:33", BROKEN, "short", reason="kept", known=back)
    story.resolved("6 Mar 16:50", BROKEN, "kept", reason="was_kept", known=back)
    story.resolved("6 Mar 16:52", BROKEN, "before", reason="kept_late", known=back)
    told = [
        one for one in await story.told("9 Mar 09:30") if one.level != "digest" and one.at > "6 Mar 16:00"
    ]
    assert [(one.level, set(one.keys)) for one in told] == [("catch-up", {"before", "open", "kept"})] * 2
    assert {one.receiver for one in told} == {"logistics.head", "sales"}


async def test_n11_what_came_and_went_in_a_short_outage_is_one_digest_too(story):
    back = "9 Mar 10:14"
    story.raised("9 Mar 09:00", "promise.overdue", "p0", severity="notice")  # it was at work before
    story.raised("9 Mar 10:00", BROKEN, "p1", known=back)
    story.raised("9 Mar 10:00", "promise.conflict", "p2", known=back)
    story.resolved("9 Mar 10:10", BROKEN, "p1", reason="kept_late", known=back)
    story.resolved("9 Mar 10:10", "promise.conflict", "p2", reason="ended", known=back)
    told = [one for one in await story.told("9 Mar 10:30") if one.receiver == "sales"]
    assert [(one.decided, one.level, set(one.keys)) for one in told] == [(back, "catch-up", {"p1", "p2"})]


async def test_n11_what_is_critical_waits_for_no_office_after_an_outage(story):
    story.raised("6 Mar 18:00", BROKEN, "p1", severity="critical", known="7 Mar 03:00")
    story.raised("6 Mar 18:00", BROKEN, "p2", known="7 Mar 03:00")
    told = await story.told("7 Mar 12:00")
    assert {(one.decided, one.level, one.keys) for one in told} == {("7 Mar 03:00", "catch-up", ("p1",))}
    assert {one.receiver for one in told} == {"logistics.on_call", "logistics.head", "sales"}


async def test_n11_nobody_hears_of_one_break_twice_when_a_rung_was_reached_meanwhile(story):
    story.raised("9 Mar 10:00", BROKEN, "p1", known="9 Mar 12:00")
    told = await story.told("9 Mar 12:30")
    assert sorted((one.level, one.receiver) for one in told) == [
        ("L1", "logistics.head"),
        ("catch-up", "sales"),
    ]


async def test_n11_what_a_silence_explained_while_it_lasted_stays_untold(story):
    back = "9 Mar 09:00"
    story.raised("6 Mar 15:00", "promise.overdue", "p0", severity="notice")  # it was at work before
    story.raised("6 Mar 16:00", SILENT, "logistics", department="logistics", known=back)
    story.raised("6 Mar 16:30", BROKEN, "p1", known=back)
    story.resolved("6 Mar 16:50", SILENT, "logistics", reason="spoke_again", known=back)
    story.resolved("6 Mar 16:50", BROKEN, "p1", reason="was_kept", known=back)
    told = [one for one in await story.told("9 Mar 09:30") if one.level != "digest"]
    assert {(one.level, one.keys) for one in told} == {("catch-up", ("logistics",))}
