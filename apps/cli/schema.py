"""`klantbus schema`: check, list, show, draft, release, export and serve the Avro schemas."""

import json
from pathlib import Path
from typing import Annotated

import typer

from apps.registry import registry_server
from klantbus.bus.draft import draft
from klantbus.bus.errors import BadInput
from klantbus.bus.gate import check_folder
from klantbus.bus.gate.release import release
from klantbus.bus.registry import pages
from klantbus.domain.events import PAYLOADS
from schemas import RELEASED, ROOT, SchemaFile, full_json, read_folder

app = typer.Typer(
    no_args_is_help=True,
    help="The contract: check, export or serve the Avro schemas.\n\n"
    "Example: klantbus schema show promise.made",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Folder = Annotated[Path, typer.Option("--folder", help="Folder of the schema files.", exists=True)]
Event = Annotated[str, typer.Argument(help="An event type, such as promise.made.")]

LOOPBACK = "127.0.0.1"


@app.command()
def check(folder: Folder = ROOT, as_json: AsJson = False) -> None:
    """Look whether everybody can go on reading: exit code 1 and a line for each thing found.

    Example: klantbus schema check --json
    """
    findings = check_folder(folder)
    if as_json:
        typer.echo(json.dumps([finding._asdict() for finding in findings], indent=1))
    else:
        for finding in findings:
            typer.echo(f"{finding.path}: {finding.rule}: {finding.sentence}")
        typer.echo(_summary(folder, len(findings)), err=True)
    raise typer.Exit(1 if findings else 0)


@app.command("list")
def list_files(folder: Folder = ROOT, as_json: AsJson = False) -> None:
    """Print every event type and version with its schema id.

    Example: klantbus schema list --json
    """
    released = _released(folder)
    rows = [_row(file, released) for file in read_folder(folder)]
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        typer.echo(f"{row['event']:<24} v{row['version']} {row['id']:>10} {row['stage']:<8} {row['subject']}")


@app.command()
def show(
    event: Event,
    version: Annotated[int | None, typer.Option(help="Which version; the newest if none.")] = None,
    folder: Folder = ROOT,
    as_json: AsJson = False,
) -> None:
    """Print the schema of an event type; with --json on one line, as its id is made from.

    Example: klantbus schema show promise.made
    """
    found = [file for file in read_folder(folder) if file.event == event and version in {None, file.version}]
    if not found:
        raise BadInput(f"there is no schema {event} {version or ''}; see: klantbus schema list")
    typer.echo(full_json(found[-1].schema) if as_json else found[-1].text, nl=as_json)


@app.command("draft")
def draft_schema(event: Event) -> None:
    """Print the schema that follows from the models, as the start of a new version.

    Example: klantbus schema draft promise.made > schemas/promise.made/v2.avsc
    """
    if event not in PAYLOADS:
        raise BadInput(f"there is no event type {event}; see: klantbus schema list")
    typer.echo(json.dumps(draft(event), indent=2, ensure_ascii=False))


@app.command("release")
def release_drafts(
    events: Annotated[list[str], typer.Argument(help="Event types whose drafts go out.")],
    folder: Folder = ROOT,
) -> None:
    """Seal drafts for ever: they may not change any more, and their bytes must stay readable.

    Example: klantbus schema release promise.made
    """
    for file in release(folder, {*events}):
        typer.echo(f"released {file.path} with id {file.id}")


@app.command()
def export(
    directory: Annotated[Path, typer.Argument(help="Folder to write to; made if it is not there.")],
    folder: Folder = ROOT,
) -> None:
    """Write what a schema registry answers as files, for any web server.

    Example: klantbus schema export /tmp/registry
    """
    for path, page in pages(read_folder(folder)).items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, "utf-8")
    typer.echo(f"wrote the registry to {directory}", err=True)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 8081,
    folder: Folder = ROOT,
) -> None:
    """Answer as a read-only schema registry on this machine until interrupted.

    Example: klantbus schema serve --port 8081
    """
    with registry_server(pages(read_folder(folder)), LOOPBACK, port) as server:
        typer.echo(f"http://{LOOPBACK}:{server.server_port}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("stopped", err=True)


def _row(file: SchemaFile, released: set[str]) -> dict[str, object]:
    return {
        "event": file.event,
        "version": file.version,
        "id": file.id,
        "subject": file.name,
        "path": file.path,
        "stage": "released" if file.path in released else "draft",
    }


def _released(folder: Path) -> set[str]:
    return {*json.loads((folder / RELEASED).read_text("utf-8"))}


def _summary(folder: Path, findings: int) -> str:
    files = [file.path for file in read_folder(folder)]
    drafts = len({*files} - _released(folder))
    return f"{len(files)} schema files, {drafts} of them drafts; {findings or 'no'} findings"
