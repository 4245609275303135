"""What a partition does because customers are merged: what it sends to others, and what it does with theirs.

A customer that was judged so far is one thing that lies at one partition: that of its group's number. When
the groups change, the partition where it lies deals its facts anew and hands over what now belongs elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from klantbus.bus.codec import decode
from klantbus.bus.murmur2 import partition_of
from klantbus.bus.ports import Record, Stored
from klantbus.bus.reading import record_of
from klantbus.bus.topics import topic_of
from klantbus.domain.calendar_versions import BEARING
from klantbus.domain.events import Fact
from klantbus.domain.grouping import MERGES
from klantbus.domain.mending import META
from klantbus.domain.said import Known
from streams.almanac import Almanac
from streams.kin import Kin
from streams.learned import Learned
from streams.promises import Case, Cause, PromiseJudge
from streams.relay import (
    REGISTRAR,
    Bearing,
    Forwarded,
    Handover,
    Proposed,
    Sent,
    broadcast,
    forwarded,
    handed_over,
    proposed,
    told_in,
)
from streams.telling import Ruling, records_of

if TYPE_CHECKING:
    from streams.slice import Slice

MAY_BEAR = BEARING | MERGES | META
"""The types of facts that may say who is who, or which calendar holds: few, and never noted when read."""
KIN, CALENDARS = b"kin", b"calendars"
Facts = dict[tuple[bytes, bytes], tuple[int, bytes]]


class Kinship:
    """The merges of one partition, and the calendars that it heard of. `judge` deals facts anew.

    `part` is how many bytes of facts a part of a handover holds.
    """

    def __init__(self, judge: PromiseJudge, kept: Mapping[bytes, bytes], part: int) -> None:
        self.kin = Kin(judge.rules.policy, kept.get(KIN))
        self.almanac = Almanac(judge.rules, kept.get(CALENDARS))
        self._judge = judge
        self._part = part

    def pack(self) -> dict[bytes, bytes]:
        """Return what is kept of both."""
        return {KIN: self.kin.pack(), CALENDARS: self.almanac.pack()}

    def is_away(self, customer: str) -> bool:
        """Return whether a customer of this partition is judged elsewhere, or is on its way back."""
        return customer in self.kin.away

    def waiting(self, customer: str, facts: Iterable[Learned]) -> Facts:
        """Return the facts that wait here for a customer on its way back; others were sent after it."""
        if self.kin.root(customer) != customer:
            return {}
        return {(customer.encode(), fact.place): (fact.published, fact.value) for fact in facts}

    def outgoing(self, facts: Iterable[Learned]) -> list[Record]:
        """Return what others must hear of these facts, as long as they were not told before."""
        records: list[Record] = []
        for fact in facts:
            said = fact.fact
            bears = not isinstance(said, Known) and self._bears(said)
            if fact.quiet:
                continue
            if bears:
                records.append(proposed(_sent(fact)))
            customer = fact.customer
            if customer is not None and self.is_away(customer) and self.kin.root(customer) != customer:
                records.append(forwarded(self.kin.home(customer), customer, _sent(fact)))
        return records

    def _bears(self, said: Fact) -> bool:
        return said.type in MAY_BEAR and (self.almanac.bears(said) or self.kin.bears(said))

    def incoming(self, one: "Slice", record: Stored) -> "Answer":
        """Return what follows from a record of the relay."""
        answer, told = Answer(), told_in(record)
        if isinstance(told, Proposed) and one.number == REGISTRAR:
            answer.records += broadcast(told.sent)
        elif isinstance(told, Bearing):
            self._regroup(one, told, record.appended, answer)
        elif isinstance(told, Forwarded):
            self._learn(one, told, record.appended, answer)
        elif isinstance(told, Handover) and (whole := self.kin.arrived(told)):
            self._join(one, whole, record.appended, answer)
        return answer

    def _regroup(self, one: "Slice", told: Bearing, now: int, answer: "Answer") -> None:
        if not self.kin.bears(decode(told.sent.value)):
            self._adopt(one, told, now, answer)
            return
        before, known = self.kin.add(told.sent)
        cause = Cause(known.id, known.published)
        for key, names in self.kin.left(before).items():
            if partition_of(key.encode()) != one.number:
                continue
            if key in self.kin.away:
                self._let_go(one, key, names, cause, answer)
            else:
                self._deal(one, key, names, Moment(now, cause), answer)

    def _adopt(self, one: "Slice", told: Bearing, now: int, answer: "Answer") -> None:
        """Judge by other calendars from `now` on, and move open promises by facts that all can see (N12)."""
        if self.almanac.hear(told.sent, now + 1):  # facts of this very instant were judged before
            one.judge_by(self.almanac.rules)
            for case in one.cases():
                self._judge.judge(case, now)  # a copy: what time brings about is said by the sweep
                self._move(case, now, answer)

    def _move(self, case: Case, now: int, answer: "Answer") -> None:
        """Publish what the calendars, as they are now, move of a case."""
        moves = self.almanac.moves(case.customer, now)
        answer.records += [record_of(move, topic_of(move.department)) for move in moves]

    def _let_go(self, one: "Slice", key: str, names: Sequence[str], cause: Cause, answer: "Answer") -> None:
        """Let `names` go at once, although their group is on its way, and send on what waited for them."""
        for group in sorted({self.kin.root(name) for name in names} - {key}):
            answer.records += self._handed(self._judge.fresh(group), key, group, cause, ())
        self._send_after(one, key, answer)

    def _deal(self, one: "Slice", key: str, names: Sequence[str], moment: "Moment", answer: "Answer") -> None:
        """Deal the facts of the group `key`, which lies here, now that `names` left it."""
        one.memory.fetch([key])
        case: Case = one.memory.touch(key).state
        sent = self._sent_by_group(one, key)
        groups = {known.subject: self.kin.root(known.subject) for known in case.customer.facts.values()}
        if key in names and len({*groups.values(), *map(self.kin.root, names)}) == 1:
            answer.say(key, self._judge.judge(case, moment.now))
            answer.records += self._handed(case, key, key, moment.cause, sent.get(self.kin.root(key), ()))
            self._keep(one, key, None, (), answer)
            return
        cases, rulings = self._judge.regroup([case], groups, moment.now, moment.cause)
        answer.say(key, rulings)
        for group in sorted({self.kin.root(name) for name in names} - {key}):
            theirs = cases.get(group) or self._judge.fresh(group)
            answer.records += self._handed(theirs, key, group, moment.cause, sent.get(group, ()))
        self._keep(one, key, cases.get(key), sent.get(key, ()), answer)

    def _handed(self, case: Case, key: str, name: str, cause: Cause, facts: Sequence[Sent]) -> list[Record]:
        state = self._judge.pack(case)
        handover = Handover(key, name, cause.id, cause.at, "", state, 0, 1, tuple(facts))
        return handed_over(self.kin.home(name), handover, self._part)

    def _keep(
        self, one: "Slice", key: str, case: Case | None, facts: Sequence[Sent], answer: "Answer"
    ) -> None:
        """Keep here what stays of the group `key`: perhaps nothing."""
        answer.dropped.append(key.encode())
        if case is None:
            case = self._judge.fresh(key)
            if self.kin.root(key) != key:
                self.kin.away.add(key)
        one.replace(key, case)
        answer.keep(key, facts)

    def _sent_by_group(self, one: "Slice", key: str) -> dict[str, list[Sent]]:
        found: dict[str, list[Sent]] = {}
        for place, published, value in one.part.placed_facts(key.encode()):
            group = self.kin.root(decode(value).subject)
            found.setdefault(group, []).append(Sent(place.decode(), published, value))
        return found

    def _join(self, one: "Slice", handover: Handover, now: int, answer: "Answer") -> None:
        """Take in what was handed over to this partition; pass it on when its group lies elsewhere."""
        group, home = self.kin.root(handover.name), self.kin.home(handover.name)
        if home != one.number:
            self._pass_on(one, handover, home, answer)
            return
        facts = [(decode(sent.value), sent.published) for sent in handover.facts]
        handed = self._judge.unpack(handover.key, handover.state, facts)
        if any(self.kin.root(fact.subject) != group for fact, _ in facts):
            self._split(handover.passed_by(one.number), handed, now, answer)
            return
        one.memory.fetch([group])
        here: Case = one.memory.touch(group).state
        waiting = [(decode(value), published) for published, value in one.part.facts(group.encode())]
        groups = {known.subject: group for case in (here, handed) for known in case.customer.facts.values()}
        cause = Cause(handover.cause, handover.at)
        cases, rulings = self._judge.regroup([here, handed], groups, now, cause)
        case = cases.get(group) or self._judge.fresh(group)
        for fact, published in waiting:
            if not self._judge.knows(case, fact, published):
                rulings += self._judge.learn(case, [fact], published)
        self._move(case, now, answer)  # it may have been on its way when they came
        self.kin.away.discard(group)
        one.replace(group, case)
        answer.say(group, rulings)
        answer.keep(group, handover.facts)

    def _split(self, handover: Handover, handed: Case, now: int, answer: "Answer") -> None:
        """Hand on, each to its own partition, what was one group when it was sent and is several by now."""
        cause = Cause(handover.cause, handover.at)
        groups = {known.subject: self.kin.root(known.subject) for known in handed.customer.facts.values()}
        cases, rulings = self._judge.regroup([handed], groups, now, cause)
        answer.say(handover.key, rulings)
        facts: dict[str, list[Sent]] = {self.kin.root(handover.name): []}
        for sent in handover.facts:
            facts.setdefault(self.kin.root(decode(sent.value).subject), []).append(sent)
        for group, theirs in facts.items():
            state = self._judge.pack(cases.get(group) or self._judge.fresh(group))
            share = handover._replace(name=group, state=state, facts=tuple(theirs))
            answer.records += handed_over(self.kin.home(group), share, self._part)

    def _pass_on(self, one: "Slice", handover: Handover, home: int, answer: "Answer") -> None:
        """Send a handover on, and with it what waited here for it."""
        answer.records += handed_over(home, handover.passed_by(one.number), self._part)
        self._send_after(one, handover.name, answer)

    def _send_after(self, one: "Slice", key: str, answer: "Answer") -> None:
        """Send facts that waited here for the group `key` after those of its customers who left it."""
        if key not in self.kin.away:
            return
        staying: list[Sent] = []
        for place, published, value in one.part.placed_facts(key.encode()):
            sent, subject = Sent(place.decode(), published, value), decode(value).subject
            if self.kin.root(subject) == key:
                staying.append(sent)
            else:
                answer.records.append(forwarded(self.kin.home(subject), subject, sent))
        answer.dropped.append(key.encode())
        answer.keep(key, staying)

    def _learn(self, one: "Slice", told: Forwarded, now: int, answer: "Answer") -> None:
        """Learn a fact of a customer that is judged here; pass it on, or let it wait, when it is not."""
        group, home = self.kin.root(told.name), self.kin.home(told.name)
        if home != one.number:
            answer.records.append(forwarded(home, told.name, told.sent))
            return
        answer.keep(group, [told.sent])
        if group in self.kin.away:
            return
        one.memory.fetch([group])
        case = one.memory.touch(group).state
        answer.say(group, self._judge.learn(case, [decode(told.sent.value)], told.sent.published))
        self._move(case, now, answer)  # it may have been on its way when a calendar came


def _sent(fact: Learned) -> Sent:
    return Sent(fact.place.decode(), fact.published, fact.value)


class Moment(NamedTuple):
    """When it is (µs), and because of what."""

    now: int
    cause: Cause


class Answer:
    """What follows from a record of the relay: to publish, to keep, and whose facts to forget first."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.facts: Facts = {}
        self.dropped: list[bytes] = []

    def say(self, subject: str, rulings: Sequence[Ruling]) -> None:
        """State rulings about `subject`."""
        self.records += records_of(subject, rulings)

    def keep(self, unit: str, facts: Iterable[Sent]) -> None:
        """Keep facts of `unit`."""
        for sent in facts:
            self.facts[unit.encode(), sent.place.encode()] = (sent.published, sent.value)


def kinship_of(judge: object, extra: Mapping[bytes, bytes], part: int) -> Kinship | None:
    """Return the kinship for a judge that can deal facts anew; None for another."""
    return Kinship(judge, extra, part) if isinstance(judge, PromiseJudge) else None
