"""The process that runs somebody's SQL: limited by the system, locked down, and gone afterwards.

Read-only is no sandbox and the type of a statement no gate, so: an in-memory database with the edition
attached read-only, no files, no network, no extensions, settings locked, the question wrapped in one SELECT
with a row cap, and limits of the operating system on memory, time, files and processes. The parent ends it
when it takes too long.

Told on stdin, one JSON object; answers on stdout with an Arrow stream, or on stderr with a sentence and
exit code 1.
"""

import json
import resource
import sys
from typing import Any

import duckdb
import pyarrow as pa

REFUSED = 1


def main() -> int:
    """Answer the question on stdin; return the exit code."""
    order = json.load(sys.stdin)
    _limit(order)
    try:
        table = _answer(_locked_down(order), order)
    except (duckdb.Error, MemoryError, pa.ArrowException) as error:
        sys.stderr.write(f"{type(error).__name__}: {_first_line(error)}")
        return REFUSED
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    sys.stdout.buffer.write(sink.getvalue())
    return 0


def _limit(order: dict[str, Any]) -> None:
    memory = int(order["memory_mb"]) * 2**20
    seconds = int(order["seconds"]) + 1
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * seconds, 2 * seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a pipe is no file: only files can no longer grow
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _locked_down(order: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(":memory:", config={"threads": 2})
    for name, file in order["files"].items():
        con.execute(f"ATTACH '{file.replace(chr(39), chr(39) * 2)}' AS {name} (READ_ONLY)")
    con.execute("USE klantbus")
    for setting in (
        f"memory_limit = '{int(order['memory_mb']) // 4}MB'",
        "temp_directory = ''",
        "enable_progress_bar = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "python_enable_replacements = false",
        "enable_external_access = false",
        "lock_configuration = true",  # the last word
    ):
        con.execute(f"SET {setting}")
    return con


def _answer(con: duckdb.DuckDBPyConnection, order: dict[str, Any]) -> pa.Table:
    found = con.extract_statements(order["sql"])
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
        raise duckdb.InvalidInputException("one SELECT is asked for, and nothing else")
    sql = found[0].query.rstrip().rstrip(";")
    cap = int(order["rows"]) + 1
    wrapped = f"SELECT * FROM (\n{sql}\n) AS asked LIMIT {cap}"  # noqa: S608  somebody's SQL is what this is for
    answer: pa.Table = con.sql(wrapped).to_arrow_table()
    if answer.nbytes > int(order["answer_mb"]) * 2**20:
        raise duckdb.OutOfRangeException(f"the answer is over {order['answer_mb']} MB: ask for less")
    return answer


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or "no more memory may be used"


if __name__ == "__main__":
    sys.exit(main())
