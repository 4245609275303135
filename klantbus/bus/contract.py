"""The contract at work: every schema of this release by its id, with its reader and its writer."""

from collections.abc import Mapping
from functools import cache, cached_property

from klantbus.bus.avro.fitting import shape_of
from klantbus.bus.avro.noted import QuickNote, quick_note
from klantbus.bus.avro.quick import Quick, quick_fact, quick_row
from klantbus.bus.avro.reader import Reader, make_reader
from klantbus.bus.avro.rows import RowReader, make_row_reader
from klantbus.bus.avro.shape import Group
from klantbus.bus.avro.writer import Writer, make_writer
from klantbus.bus.errors import ContractBroken
from klantbus.bus.framing import head_of
from klantbus.domain.events import PAYLOADS
from schemas import SchemaFile, all_files


class Agreed:
    """One version of one event type. Its reader and writer are made when first asked for."""

    def __init__(self, file: SchemaFile, newest: SchemaFile) -> None:
        self.file = file
        self.newest = newest
        self.id = file.id
        self.head = head_of(self.id)

    @cached_property
    def shape(self) -> Group:
        """What the bytes of this version hold, as the newest models see it."""
        return shape_of(self.file.schema, self.newest.schema, PAYLOADS[self.file.event])

    @cached_property
    def read(self) -> Reader:
        """Read a fact of this version as the newest knows it."""
        return make_reader(self.shape)

    @cached_property
    def read_row(self) -> RowReader:
        """Read the same as plain values."""
        return make_row_reader(self.shape)

    @cached_property
    def quick(self) -> Quick | None:
        """Read a fact and compare its headers, or leave it to `read`; None without a C compiler."""
        return quick_fact(self.shape)

    @cached_property
    def quick_row(self) -> Quick | None:
        """The same before `read_row`."""
        return quick_row(self.shape)

    @cached_property
    def quick_note(self) -> QuickNote | None:
        """Read what the judge keeps of a fact, or leave it to `read` and `noted`."""
        return quick_note(self.shape, self.file.event)

    @cached_property
    def write(self) -> Writer:
        """Write a fact; only the newest version of a type is written."""
        return make_writer(self.shape)


class Contract:
    """A set of schema files at work. `by_id` finds a version, `newest` the one to write by event type.

    Raises `ContractBroken` when two files have one id, or a type of the domain has no schema.
    """

    def __init__(self, files: tuple[SchemaFile, ...]) -> None:
        newest = {file.event: file for file in files}
        agreed = [Agreed(file, newest[file.event]) for file in files if file.event in PAYLOADS]
        self.by_id: Mapping[int, Agreed] = {each.id: each for each in agreed}
        self.newest: Mapping[str, Agreed] = {each.file.event: each for each in agreed}
        if len(self.by_id) < len(agreed):
            raise ContractBroken("two schema files have the same id; change a doc sentence of the newer one")
        if missing := sorted(PAYLOADS.keys() - self.newest.keys()):
            raise ContractBroken(f"no schema file for {', '.join(missing)}")


@cache
def contract() -> Contract:
    """Return the contract of this release."""
    return Contract(all_files())
