from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.xero.client.moments import calendar_date, modified_since, parse_moment, write_date, zone_of

SYDNEY = "Australia/Sydney"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("/Date(1573623306000+0000)/", datetime(2019, 11, 13, 5, 35, 6, tzinfo=UTC)),
        ("/Date(1573623306000)/", datetime(2019, 11, 13, 5, 35, 6, tzinfo=UTC)),
        ("/Date(-86400000+0000)/", datetime(1969, 12, 31, tzinfo=UTC)),
        (" /Date(0+1100)/ ", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2019-12-07T18:46:19.5165400", datetime(2019, 12, 7, 18, 46, 19, 516540, tzinfo=UTC)),
        ("2019-12-07T18:46:19Z", datetime(2019, 12, 7, 18, 46, 19, tzinfo=UTC)),
        ("2019-12-07T18:46:19+11:00", datetime(2019, 12, 7, 7, 46, 19, tzinfo=UTC)),
        ("1980-03-22", datetime(1980, 3, 22, tzinfo=UTC)),
        ("/Date(999999999999999)/", None),
        ("0001-01-01T00:00:00+11:00", None),
        ("yesterday", None),
        ("", None),
        ("/Date(twelve)/", None),
    ],
)
def test_every_form_that_xero_writes_is_read_and_nothing_else(text: str, moment: datetime | None) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize(
    ("moment", "zone", "on", "is_shifted"),
    [
        (datetime(2019, 11, 1, tzinfo=UTC), SYDNEY, date(2019, 11, 1), False),
        (datetime(2019, 10, 31, 22, tzinfo=UTC), SYDNEY, date(2019, 11, 1), True),
        (datetime(2019, 6, 30, 14, tzinfo=UTC), SYDNEY, date(2019, 7, 1), True),
        (datetime(2019, 10, 31, 13, 30, tzinfo=UTC), "Australia/Adelaide", date(2019, 11, 1), True),
        (datetime(2019, 10, 31, 13, 30, tzinfo=UTC), "Australia/Perth", date(2019, 10, 31), True),
        (datetime(1980, 3, 22, 8, tzinfo=UTC), SYDNEY, date(1980, 3, 22), True),
        (datetime(9999, 12, 31, 22, tzinfo=UTC), SYDNEY, date(9999, 12, 31), True),
    ],
)
def test_a_date_that_is_not_at_midnight_utc_is_the_organisations_and_flagged(
    moment: datetime, zone: str, on: date, is_shifted: bool
) -> None:
    found = calendar_date(moment, zone)
    assert (found.on, found.is_shifted) == (on, is_shifted)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_date_we_write_is_the_date_we_read_in_every_zone(on: date) -> None:
    moment = parse_moment(write_date(on))
    assert moment
    assert calendar_date(moment, "Australia/Perth").on == on


def test_modified_since_has_whole_seconds_and_no_zone() -> None:
    assert modified_since(datetime(2026, 11, 22, 3, 4, 5, 678, tzinfo=UTC)) == "2026-11-22T03:04:05"


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("AUSEASTERNSTANDARDTIME", SYDNEY),
        ("W. Australia Standard Time", "Australia/Perth"),
        ("", SYDNEY),
        ("NEWZEALANDSTANDARDTIME", SYDNEY),
    ],
)
def test_xeros_time_zones_have_names_that_python_knows(name: str, zone: str) -> None:
    assert zone_of(name) == zone
