"""A process that decodes: records in on stdin, Arrow tables out on stdout, until stdin ends.

Decoding is Python's part of the work and takes one core per process; a rebuild has some of these
(decoders.py). Messages are a length of eight bytes and so many bytes: marshalled records one way (a third of
pickle's cost), two Arrow streams the other. Only our own parent writes to this pipe.
"""

import gc
import marshal
import signal
import sys
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from klantbus.bus.ports import Stored
from projections.arrivals import arrived

_LENGTH = 8


def messages(pipe: IO[bytes]) -> Iterator[bytes]:
    """Yield the messages in a pipe until it ends; half a message is none."""
    while len(head := pipe.read(_LENGTH)) == _LENGTH:
        size = int.from_bytes(head, "big")
        if len(message := pipe.read(size)) < size:
            return
        yield message


def send(pipe: IO[bytes], message: bytes | memoryview) -> None:
    """Write one message."""
    pipe.write(len(message).to_bytes(_LENGTH, "big"))
    pipe.write(message)
    pipe.flush()


def streamed(table: pa.Table) -> memoryview:
    """Return a table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return memoryview(sink.getvalue())


def serve(asked: IO[bytes], answer: IO[bytes]) -> None:
    """Decode what is asked for, until there is nothing more to ask."""
    gc.disable()  # facts make no rings
    for message in messages(asked):
        records = marshal.loads(message)  # noqa: S302  from our own parent, by a pipe that nobody else has
        rows = arrived([Stored._make(record) for record in records])
        send(answer, streamed(rows.facts))
        send(answer, streamed(rows.unreadable))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks; without anybody to ask, this ends
    serve(sys.stdin.buffer, sys.stdout.buffer)
