"""Everything a database holds, as one text to search for what must not be readable in it."""

import re
from typing import Any

import psycopg
from psycopg import sql

_BYTES = re.compile(r"\\\\x([0-9a-f]+)")


def everything_stored(connection: psycopg.Connection[Any]) -> str:
    """Return every row of every table as text, with bytes written out as the characters that they are."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    query = sql.SQL("SELECT row_to_json(t)::text FROM {} t")
    rows = [row for (table,) in tables for row in connection.execute(query.format(sql.Identifier(str(table))))]
    return _BYTES.sub(_characters, "\n".join(str(row[0]) for row in rows))


def _characters(found: re.Match[str]) -> str:
    return bytes.fromhex(found[1]).decode("utf-8", errors="replace")
