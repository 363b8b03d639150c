from dataclasses import replace
from datetime import date

import pytest

from tandem.people.records import Address
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.mapping.fields import SharedField
from tandem.xero.mapping.tests.test_shared_values import ADA
from tandem.xero.matching.comparing import Agreement, compare
from tandem.xero.matching.tests.test_matching import theirs

BLANK = replace(
    ADA,
    first_name="",
    middle_names="",
    last_name="",
    date_of_birth=None,
    home_address=Address(),
    mobile="",
    work_email="",
    home_email="",
    job_title="",
    start_on=None,
    termination_on=None,
)


def agreements(ours: object, person: XeroEmployee) -> dict[SharedField, Agreement]:
    assert isinstance(ours, type(ADA))
    return {line.field: line.agreement for line in compare(ours, person)}


@pytest.mark.parametrize(
    ("here", "there", "agreement"),
    [
        ("Ada", " ADA\u00a0", Agreement.SAME),
        ("Ada", "Bea", Agreement.DIFFERENT),
        ("Ada", "", Agreement.ONLY_HERE),
        ("", "Ada", Agreement.ONLY_IN_XERO),
    ],
)
def test_a_name_is_compared_as_matching_compares_it(here: str, there: str, agreement: Agreement) -> None:
    found = agreements(replace(BLANK, first_name=here), replace(theirs(1), first_name=there))
    assert found[SharedField.FIRST_NAME] is agreement


def test_other_values_are_the_same_where_they_mean_the_same() -> None:
    ours = replace(
        BLANK, mobile="0491 570 110", date_of_birth=date(1985, 12, 10), home_address=Address(postcode="2041")
    )
    person = replace(theirs(1, born=date(1985, 12, 11)), mobile="0491570110")
    found = agreements(ours, person)
    assert found[SharedField.MOBILE] is Agreement.SAME
    assert found[SharedField.HOME_ADDRESS] is Agreement.SAME
    assert found[SharedField.DATE_OF_BIRTH] is Agreement.DIFFERENT


def test_what_neither_side_says_is_no_line() -> None:
    assert SharedField.JOB_TITLE not in agreements(BLANK, theirs(1))


def test_what_a_list_row_does_not_carry_is_called_unread_and_never_different() -> None:
    person = replace(theirs(1), unread=frozenset({SharedField.MOBILE, SharedField.JOB_TITLE}))
    found = agreements(replace(BLANK, mobile="0491 570 110"), person)
    assert found[SharedField.MOBILE] is Agreement.NOT_READ
    assert SharedField.JOB_TITLE not in found
