"""The file in chunks: rows to records. A large file is mapped in a process of its own, beside the writing."""

import csv
import gc
import marshal
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from apps.imports.maps import BadMap, ImportMap
from apps.imports.rows import SPOILT, Outcome, Reader, Reject, open_rows, outcomes
from klantbus.bus.errors import BusError
from klantbus.bus.ports import Record

_AT_ONCE = 2_000  # rows that go to the log together
_LARGE = 2_000_000  # bytes of a file worth a second process, which takes half a second to start


class Chunk(NamedTuple):
    """What some rows gave; `read` counts the bytes of the file so far."""

    rows: int
    records: Sequence[Record]
    rejects: Sequence[Reject]
    read: int


def header_of(path: Path, plan: ImportMap) -> Sequence[str]:
    """Return the names of the columns. Raises `BadMap` where there are none."""
    with _as_the_map_says(), path.open(encoding=plan.encoding, errors=SPOILT, newline="") as file:
        return open_rows(file, plan)[0]


def chunks(path: Path, plan: ImportMap) -> Iterator[Chunk]:
    """Yield what the rows of the file at `path` give, in order. Raises `BadMap`."""
    return _beside(path, plan) if path.stat().st_size > _LARGE else _here(path, plan)


def _here(path: Path, plan: ImportMap) -> Iterator[Chunk]:
    with (
        _as_the_map_says(),
        path.open("rb") as raw,
        TextIOWrapper(raw, plan.encoding, SPOILT, newline="") as file,
    ):
        header, rows = open_rows(file, plan)
        found = outcomes(Reader(plan, header, path.parent), rows)
        while some := list(islice(found, _AT_ONCE)):
            yield _chunk(some, raw.tell())


@contextmanager
def _as_the_map_says() -> Iterator[None]:
    try:
        yield
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadMap(f"the file is not what the map says it is: {error}") from error


def _chunk(some: Sequence[Outcome], read: int) -> Chunk:
    records = [record for outcome in some for record in outcome.records]
    return Chunk(len(some), records, [reject for outcome in some for reject in outcome.rejects], read)


def _beside(path: Path, plan: ImportMap) -> Iterator[Chunk]:
    spawn = multiprocessing.get_context("spawn")  # a fork would copy the threads of the bar and the log
    ours, theirs = spawn.Pipe(duplex=False)
    mapper = spawn.Process(target=_map, args=(path, plan, theirs), daemon=True)
    mapper.start()
    theirs.close()
    try:
        while (got := _unpacked(ours.recv_bytes())) is not None:
            yield got
    except EOFError:
        raise BadMap("the process that reads the file ended before the file did") from None
    finally:
        ours.close()
        mapper.join()


def _map(path: Path, plan: ImportMap, out: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who reads: without a reader this ends
    gc.disable()  # a chunk holds thousands of records and no cycle
    try:
        for chunk in _here(path, plan):
            out.send_bytes(_packed(chunk))
        out.send_bytes(marshal.dumps(None))
    except BusError as error:
        out.send_bytes(marshal.dumps(str(error)))
    except BrokenPipeError:
        return  # who reads went away


def _packed(chunk: Chunk) -> bytes:
    """Return a chunk as plain tuples by marshal, at a third of what pickle costs."""
    rejects = [(one.line, one.column, one.reason, list(one.row)) for one in chunk.rejects]
    return marshal.dumps((chunk.rows, [tuple(one) for one in chunk.records], rejects, chunk.read))


def _unpacked(blob: bytes) -> Chunk | None:
    got = marshal.loads(blob)  # noqa: S302  our own process wrote it
    if isinstance(got, str):
        raise BadMap(got)
    if got is None:
        return None
    rows, records, rejects, read = got
    return Chunk(rows, list(map(Record._make, records)), list(map(Reject._make, rejects)), read)
