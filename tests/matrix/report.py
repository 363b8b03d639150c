"""Play the whole matrix and write docs/health-matrix.md: python -m tests.matrix.report [--only KEY] [--processes 2] [--rows FOLDER]."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from tandem.testing.plugin import TEST_ENVIRONMENT

ROWS = "HEALTH_MATRIX_ROWS"


def main() -> None:
    """Play, judge, write; end with 1 where there is something to complain about."""
    parser = argparse.ArgumentParser(description="Play the health matrix.")
    parser.add_argument("--only", default="", help="only cells whose name holds this; prints and writes nothing")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", default="", help="folder that keeps the rows: what is there is not played again")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        folder = chosen.rows or passing
        Path(folder).mkdir(parents=True, exist_ok=True)
        code = _play(folder, chosen.only, chosen.processes)
        raise SystemExit(_judge(Path(folder), writes=not chosen.only) or code)


def _play(folder: str, only: str, processes: int) -> int:
    here = Path(__file__).resolve().parent
    command = [sys.executable, "-m", "pytest", str(here / "test_matrix.py"), "-q", "-n", str(processes)]
    command += ["--tb=short", "--show-capture=no"]
    command += ["-k", f"as_the_report_has_it and {only}" if only else "as_the_report_has_it"]
    return subprocess.run(command, env=os.environ | {ROWS: folder}, cwd=here.parents[1], check=False).returncode


def _judge(folder: Path, *, writes: bool) -> int:
    """Write the page, or print the rows; return 1 where there is something to complain about."""
    os.environ.update({"DATABASE_URL": "postgresql:///nobody", **TEST_ENVIRONMENT})
    django.setup()
    from tests.matrix import page

    rows = page.read_rows(folder)
    if writes:
        page.PAGE.write_text(page.page_of(rows), encoding="utf-8")
    for row in rows:
        if not writes or row.complaints or row.named == "no":
            sys.stdout.write(f"{page.line_of(row)} {'; '.join(row.complaints)}\n")
    return int(any(row.complaints for row in rows))


if __name__ == "__main__":
    main()
