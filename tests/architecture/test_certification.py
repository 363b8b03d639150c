"""docs/certification.md names tests; each of them must be there, and every checkpoint must have its row."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "certification.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))
CHECKPOINTS = (
    "C1", "C2", "C3a", "C3b", "C3c", "C3d", "C3e", "C3f", "C3g", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11",
    "C12", "C13 to C16", "C17 to C21", "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8",
)  # fmt: skip


@cache
def _tests_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_the_table_names_exists(path: str, name: str) -> None:
    assert name in _tests_of(path)


def test_every_checkpoint_has_a_row_with_a_result() -> None:
    rows = {row[0].strip(): row[2].strip() for row in re.findall(r"^\|([^|]+)\|([^|]+)\|([^|]+)\|", PAGE, re.MULTILINE)}
    assert [name for name in CHECKPOINTS if not rows.get(name)] == []


def test_what_is_called_met_names_its_test() -> None:
    for line in PAGE.splitlines():
        if re.match(r"^\| \w+ .*\| met", line):
            assert "::" in line, line
