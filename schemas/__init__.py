"""The contract: one Avro file per event type and version, and the few lines that read them.

`schemas/<event type>/v<n>.avsc` holds the whole record: envelope and, under `data`, the payload. The files
are the registry: a schema's id follows from its content, so no server is asked at run time.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent
RELEASED = "released.json"
"""Beside the files: path -> SHA-256 of every released file. A file named there never changes again."""
GOLDEN = "golden.json"
"""Beside the files: path -> bytes written when the file was released, and the fact they must stay."""


class SchemaFile(NamedTuple):
    """One version of one event type's schema. `path` is relative to the folder, `schema` its JSON."""

    event: str
    version: int
    path: str
    text: str
    schema: dict[str, Any]

    @property
    def id(self) -> int:
        """The schema id that travels with the bytes."""
        return schema_id(self.schema)

    @property
    def name(self) -> str:
        """The full name of the record: the subject under which a registry knows it."""
        return f"{self.schema['namespace']}.{self.schema['name']}"


def full_json(schema: object) -> str:
    """Return a schema as one canonical line that leaves nothing out: not logicalType, defaults or doc."""
    return json.dumps(schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def schema_id(schema: object) -> int:
    """Return the first 31 bits of the SHA-256 of the schema's full JSON."""
    digest = hashlib.sha256(full_json(schema).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def read_folder(root: Path) -> Iterator[SchemaFile]:
    """Yield every schema file under `root`, by event type and version."""
    for path in sorted(root.glob("*/v*.avsc"), key=lambda path: (path.parent.name, _version(path))):
        text = path.read_text("utf-8")
        yield SchemaFile(
            path.parent.name, _version(path), path.relative_to(root).as_posix(), text, json.loads(text)
        )


@cache
def all_files() -> tuple[SchemaFile, ...]:
    """Return the schema files of this release, by event type and version."""
    return tuple(read_folder(ROOT))


def _version(path: Path) -> int:
    return int(path.stem.removeprefix("v"))
