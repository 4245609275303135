"""The job as Faust's own guide would write it: an agent, an event at a time, a table for the state."""

import os
from collections.abc import AsyncIterable
from pathlib import Path

import faust
from tally import Decoder, Progress, fresh, learn

decode = Decoder(Path(os.environ["PEER_SCHEMAS"]))
progress = Progress()
app = faust.App(
    os.environ["PEER_GROUP"],
    broker=f"kafka://{os.environ['PEER_BROKER']}",
    topic_partitions=12,
    web_enabled=False,
    datadir="faust",
)
events = app.topic(os.environ["PEER_TOPIC"], key_serializer="raw", value_serializer="raw")
out = app.topic(os.environ["PEER_OUT"], value_serializer="raw")
table = app.Table("tally", default=fresh, partitions=12)


@app.agent(events)
async def tally(stream: AsyncIterable[tuple[bytes, bytes]]) -> None:
    async for key, value in stream.items():
        customer = key.decode()
        state = table[customer]
        said = learn(state, decode(value))
        table[customer] = state
        for one in said:
            await out.send(key=key, value=one)
        if progress.more():
            progress.tell()


if __name__ == "__main__":
    app.main()
