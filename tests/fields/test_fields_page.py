from pathlib import Path

import pytest
from tests.fields.page import PAGE, page_of

from tandem.xero.mapping.field_map import FIELD_MAP, LEAVE_REQUEST
from tandem.xero.mapping.fields import DETAIL_FIELDS, SharedField

TESTS = Path(__file__).resolve().parents[2] / "src/tandem/xero/mapping/tests"
MAPPED = [*FIELD_MAP.values(), LEAVE_REQUEST]


def test_the_page_says_what_the_code_does() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_of(), "Run: python -m tests.fields.report"


def test_every_shared_field_is_on_the_map() -> None:
    assert tuple(FIELD_MAP) == tuple(SharedField)
    assert DETAIL_FIELDS[-1] is SharedField.TERMINATION


def test_each_function_carries_one_field_in_one_direction() -> None:
    names = [carrier.__name__ for mapped in MAPPED for carrier in (mapped.read, mapped.write) if carrier]
    assert len(set(names)) == len(names)
    assert all(name.endswith(("_from_xero", "_to_xero")) for name in names)


@pytest.fixture(scope="module")
def tested() -> str:
    """Return the source of the mapping's own tests."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted(TESTS.glob("test_*.py")))


@pytest.mark.parametrize("mapped", MAPPED, ids=lambda mapped: mapped.element)
def test_each_function_has_its_own_test(mapped: object, tested: str) -> None:
    read, write = getattr(mapped, "read", None), getattr(mapped, "write", None)
    for carrier in (read, write):
        assert carrier is None or f"{carrier.__name__}(" in tested
