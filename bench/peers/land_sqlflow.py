"""Landing the way of SQLFlow's former Python engine: poll one by one, JSON batches, one statement each."""

import os
from pathlib import Path

import orjson
import pyarrow as pa
from gulping import consumer
from landing import opened
from tally import Decoder, Progress

BATCH = 10_000
SQL = "INSERT INTO fact SELECT id, type, subject, time::TIMESTAMPTZ, data::VARCHAR FROM batch"


def main() -> None:
    decode, progress = Decoder(Path(os.environ["PEER_SCHEMAS"])), Progress()
    wanted = int(os.environ["PEER_EVENTS"])
    reading = consumer(**{"enable.auto.commit": False})
    con, lines = opened(), []
    while progress.done < wanted:
        record = reading.poll(0.2)
        if record is not None and not record.error():
            lines.append(orjson.dumps(decode(record.value()), default=str))
        if len(lines) >= BATCH or progress.done + len(lines) >= wanted:
            rows = [orjson.loads(each) for each in lines]
            names = ("id", "type", "subject", "time")
            columns = {name: [row[name] for row in rows] for name in names}
            columns["data"] = [orjson.dumps(row["data"]).decode() for row in rows]
            con.register("batch", pa.table(columns))
            con.execute(SQL)
            reading.commit(asynchronous=False)
            progress.done += len(lines)
            lines.clear()
            progress.tell()


if __name__ == "__main__":
    main()
