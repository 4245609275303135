"""Channels that need nobody: a folder of files, and the console."""

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from alerts.channels.text import as_text
from alerts.errors import ReceiverAway
from alerts.letter import LETTER, Letter


@dataclass(frozen=True)
class FileOutbox:
    """Puts each letter into a folder as `<key>.json`; a repeat lands on the same name."""

    async def send(self, letter: Letter, to: str) -> str:
        """Write the letter whole, or not at all."""
        return await asyncio.to_thread(_write, letter, Path(to))


def _write(letter: Letter, folder: Path) -> str:
    target = folder / f"{letter.id}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".part")
        draft.write_bytes(LETTER.dump_json(letter))
        draft.replace(target)
    except OSError as error:
        raise ReceiverAway(f"the folder cannot be written: {error.strerror}") from error
    return "written"


@dataclass(frozen=True)
class Console:
    """Writes letters to a stream, for development."""

    stream: TextIO = field(default=sys.stderr)

    async def send(self, letter: Letter, to: str) -> str:
        """Write the letter as text."""
        self.stream.write(f"--- {to} | {letter.subject}\n{as_text(letter)}\n")
        self.stream.flush()
        return "shown"
