"""The contract as a schema registry shows it: what its REST paths answer, ready to be written as files.

Confluent's clients ask `schemas/ids/<id>` for the schema of bytes they read. A list stands in `index.json` of
its folder, so that any web server for files can serve it. Subjects are the records' full names.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter

from schemas import SchemaFile

INDEX = "index.json"


def pages(files: Iterable[SchemaFile]) -> Mapping[str, str]:
    """Return for every path below the registry's root the JSON that it answers."""
    return {path: json.dumps(answer) for path, answer in _answers([*files])}


def page_for(path: str, answers: Mapping[str, str]) -> str | None:
    """Return what a path answers, or None; a query behind the path changes nothing."""
    wanted = path.partition("?")[0].strip("/")
    return answers.get(wanted) or answers.get(f"{wanted}/{INDEX}".lstrip("/"))


def _answers(files: list[SchemaFile]) -> Iterator[tuple[str, object]]:
    subjects = {name: [*versions] for name, versions in groupby(files, key=attrgetter("name"))}
    yield INDEX, {}
    yield "config", {"compatibilityLevel": "FULL_TRANSITIVE"}
    yield "mode", {"mode": "READONLY"}
    yield f"schemas/types/{INDEX}", ["AVRO"]
    yield f"subjects/{INDEX}", [*subjects]
    for name, versions in subjects.items():
        yield f"subjects/{name}/versions/{INDEX}", [file.version for file in versions]
        yield f"subjects/{name}/versions/latest", _version(versions[-1])
        for file in versions:
            yield f"subjects/{name}/versions/{file.version}", _version(file)
            yield f"schemas/ids/{file.id}", {"schema": json.dumps(file.schema)}


def _version(file: SchemaFile) -> dict[str, object]:
    return {"subject": file.name, "version": file.version, "id": file.id, "schema": json.dumps(file.schema)}
