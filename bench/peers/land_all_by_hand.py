"""Landing every table by hand: librdkafka in large gulps, our reader, Arrow, and the SQL of our read models.

What a careful hand would leave out is left out: repeats, corrections, personal text in a file of its own,
headers that may disagree. The position moves with the rows.
"""

import os
from pathlib import Path

from gulping import consumer
from tally import Progress

from klantbus.bus.ports import Lane, Stored
from projections.arrivals import Turn, arrived, joined, places
from projections.models import read_models, statements, statements_of
from projections.rebuild import MEANS, TAKEN_AT_ONCE
from projections.store import Store

FRESH = """
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
    * EXCLUDE (personal, id_key),
    (hash(event_id) >> 1)::BIGINT AS id_key, NULL::UBIGINT AS ref_key, NULL::VARCHAR AS repeat_of
FROM arrived
"""


class Landing:
    """Rows on their way into every table; tells its progress when they are in."""

    def __init__(self) -> None:
        self._models = read_models()
        self._store = Store(Path("landed"), self._models, MEANS)
        self._con = self._store._con  # noqa: SLF001  a bench reaches where no reader does
        self._turns: list[Turn] = []
        self._progress = Progress()
        self._wanted = int(os.environ["PEER_EVENTS"])

    def take(self, records: list[Stored]) -> None:
        """Take records; land them when there are enough, or when they are the last."""
        if records:
            reached = {Lane(record.topic, record.partition): record.offset + 1 for record in records}
            self._turns.append(Turn(arrived(records), reached))
        waiting = sum(turn.facts.facts.num_rows for turn in self._turns)
        if waiting >= TAKEN_AT_ONCE or (waiting and self._progress.done + waiting >= self._wanted):
            self.land()

    def land(self) -> None:
        """Land what is here, and its position."""
        batch, _ = joined(self._turns)
        reached = {lane: at for turn in self._turns for lane, at in turn.reached.items()}
        self._con.register("arrived", batch.facts)
        self._con.register("reached", places(reached))
        self._con.execute(FRESH)
        self._con.begin()
        steps = [*statements(statements_of("log.sql")), *statements(statements_of("plain.sql"))]
        for model in self._models:
            steps += model.steps(batch.types, frozenset())
        for step in (*steps, *statements(statements_of("keep.sql"))):
            self._con.execute(step)
        self._con.commit()
        self._store.checkpoint()
        self._progress.done += batch.facts.num_rows
        self._turns.clear()
        self._progress.tell()


def main() -> None:
    reading = consumer()
    landing = Landing()
    while True:
        landing.take(
            [
                Stored(
                    said.topic(),
                    said.partition(),
                    said.offset(),
                    said.timestamp()[1] * 1000,
                    None,
                    said.value(),
                    (),
                )
                for said in reading.consume(10_000, 0.2)
                if not said.error()
            ]
        )


if __name__ == "__main__":
    main()
