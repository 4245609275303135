"""A batch taken in by way of a tray leaves what it leaves when each word goes to the ledger by itself."""

import random
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from components.alerts.tale import at

from alerts.intake import take_in
from alerts.learn import held
from alerts.ledger import MEMORY, Ledger
from alerts.model import About, Answer, Care, Edge
from alerts.policy import Policy
from alerts.tray import Tray
from alerts.words import AnswerWord, EdgeWord, Severity, Status

COLUMNS = {
    "edge": "*",
    "answer": "*",
    "care": "*",
    "gathering": "*",
    "alert": "seq, id, kind, key, status, customer, promise, caused, parent, held_by, raised, over, look",
}
KINDS = ("promise.broken", "promise.overdue", "info.silent_department")
START = at("9 Mar 08:30").astimezone(UTC)


class Chatter:
    """Says anything: edges that come twice, late or for what is over, answers before their alert, owners."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)  # noqa: S311  a seeded tale, no secret
        self.said = 0

    def batch(self):
        return [self.word() for _ in range(self.random.randrange(1, 30))]

    def word(self):
        self.said += 1
        choice = self.random.random()
        if choice < 0.1:
            return Care(f"c{self.said}", f"Cp{self.random.randrange(5)}", self.random.choice(("E1", "E2")))
        return self.answer() if choice < 0.25 else self.edge()

    def edge(self) -> Edge:
        kind, key = self.random.choice(KINDS), f"p{self.random.randrange(5)}"
        about = About(
            department=self.random.choice(("logistics", "finance")),
            made_by="sales",
            customer=f"C{key}",
            promise=key,
        )
        return Edge(
            id=f"e{self.random.randrange(300)}",
            alert=self.alert(kind, key),
            word=self.random.choice((EdgeWord.RAISED, EdgeWord.RAISED, EdgeWord.RESOLVED)),
            kind=kind,
            key=key,
            at=self.moment(),
            about=about,
            severity=self.random.choice((Severity.WARNING, Severity.CRITICAL)),
        )

    def answer(self) -> Answer:
        alert = self.alert(self.random.choice(KINDS), f"p{self.random.randrange(5)}")
        word = self.random.choice((AnswerWord.ACKNOWLEDGED, AnswerWord.ASSIGNED))
        return Answer(f"a{self.random.randrange(25)}", word, alert, self.moment(), by="E1", owner="E2")

    def alert(self, kind: str, key: str) -> str:
        return f"A-{kind}-{key}-{self.random.randrange(3)}"

    def moment(self):
        return START + timedelta(minutes=self.random.randrange(-30, 90))


def kept(ledger: Ledger):
    tables = {
        table: ledger.connection.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608  names from above
        for table, columns in COLUMNS.items()
    }
    return tables, ledger.every_alert(1_000)


def silence_some(ledger: Ledger, chance: random.Random) -> None:
    """Let one open alert explain another, and somebody have heard of a third, as the planner would."""
    open_ones = [alert for alert in ledger.open_alerts() if alert.status is Status.OPEN]
    if len(open_ones) > 2:
        cause, quiet, heard = chance.sample(open_ones, 3)
        ledger.put(held(quiet, cause), None)
        ledger.put(replace(heard, told=frozenset({"sales"})), heard.raised)


@pytest.mark.parametrize("seed", range(25))
def test_a_batch_leaves_the_same_by_way_of_a_tray(seed):
    one_by_one, at_once, policy = Ledger.open(MEMORY), Ledger.open(MEMORY), Policy()
    for ledger in (one_by_one, at_once):
        ledger.begin(START)
    chatter = Chatter(seed)
    for turn in range(12):
        said = chatter.batch()
        new = take_in(said, one_by_one, policy)
        with at_once.together():
            tray = Tray(at_once, said)
            assert take_in(said, tray, policy) == new
            tray.put_back()
        assert kept(at_once) == kept(one_by_one)
        for ledger in (one_by_one, at_once):
            silence_some(ledger, random.Random(seed * 100 + turn))  # noqa: S311  the same chance for both
    for ledger in (one_by_one, at_once):
        ledger.close()
