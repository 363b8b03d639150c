"""The language of `where` and `order`, rule by rule (xero.md 3.3, 9a item 15)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tandem_sandbox.world import query

ADA = "1b2f4c3a-0000-4000-8000-00000000000a"
BEA = "0b2f4c3a-0000-4000-8000-00000000000b"
CY = "2b2f4c3a-0000-4000-8000-00000000000c"
KINDS = {
    "EmployeeID": "guid", "FirstName": "text", "Email": "text", "DateOfBirth": "day", "TerminationDate": "day",
    "UpdatedDateUTC": "moment", "IsSTP2Qualified": "bool", "Units": "number",
}  # fmt: skip
PEOPLE: list[dict[str, Any]] = [
    {
        "EmployeeID": ADA,
        "FirstName": "Ada",
        "Email": "Ada@example.com",
        "DateOfBirth": "1990-02-03",
        "UpdatedDateUTC": datetime(2026, 5, 1, 10, 30, tzinfo=UTC),
        "IsSTP2Qualified": True,
        "Units": 9,
    },
    {
        "EmployeeID": BEA,
        "FirstName": "bea",
        "DateOfBirth": "1969-12-31",
        "TerminationDate": "2026-01-31",
        "UpdatedDateUTC": datetime(2026, 5, 2, tzinfo=UTC),
        "IsSTP2Qualified": False,
        "Units": 10,
    },
    {
        "EmployeeID": CY,
        "FirstName": 'Cy "Boy"',
        "Email": "cy@example.org",
        "DateOfBirth": "2001-10-11",
        "UpdatedDateUTC": datetime(2025, 1, 1, tzinfo=UTC),
        "IsSTP2Qualified": True,
        "Units": 2.5,
    },
]


def _found(where: str) -> str:
    test = query.parse_where(where, kinds=KINDS, type_name="Employee").test
    return "".join(person["FirstName"][0] for person in PEOPLE if test(person))


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("hi", "No property or field 'hi' exists in type 'Employee' (at index 0)"),
        ('FirstName=="A" AND hi==1', "No property or field 'hi' exists in type 'Employee' (at index 19)"),
        ("FirstName", "Expression of type 'Boolean' expected (at index 0)"),
        ('"x"', "Expression of type 'Boolean' expected (at index 0)"),
        ("FirstName AND true", "Expression of type 'Boolean' expected (at index 0)"),
        ("true AND FirstName", "Expression of type 'Boolean' expected (at index 5)"),
        ("!FirstName", "Expression of type 'Boolean' expected (at index 0)"),
        ("FirstName==1", "Operator '==' incompatible with operand types 'String' and 'Decimal' (at index 9)"),
        ('DateOfBirth<"soon"', "Operator '<' incompatible with operand types 'DateTime' and 'String' (at index 11)"),
        ('EmployeeID=="me"', "Operator '==' incompatible with operand types 'Guid' and 'String' (at index 10)"),
        ('EmployeeID==Guid("me")', "Guid should contain 32 digits with 4 dashes (at index 12)"),
        ("DateOfBirth==DateTime(2026,2,30)", "DateTime needs a year, a month and a day (at index 13)"),
        ("DateOfBirth==DateTime(2026,2)", "DateTime needs a year, a month and a day (at index 13)"),
        ('DateOfBirth==DateTime.Parse("x")', "String was not recognized as a valid DateTime (at index 13)"),
        ('FirstName.Dance("x")', "No method 'Dance' exists in type 'String' (at index 10)"),
        ('DateOfBirth.Contains("x")', "No method 'Contains' exists in type 'DateTime' (at index 12)"),
        ('FirstName="Ada"', "Syntax error near '=' (at index 9)"),
        ('FirstName=="Ada" FirstName', "Syntax error near 'FirstName' (at index 17)"),
        ("(" * 61 + "true" + ")" * 61, "The expression is nested too deeply (at index 60)"),
        ("!" * 1000 + "true", "The expression is nested too deeply (at index 60)"),
        ("NOT " * 1000 + "true", "The expression is nested too deeply (at index 240)"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(where: str, message: str) -> None:
    with pytest.raises(query.QueryParseError) as caught:
        _found(where)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "where",
    [
        "", " ", "==", "(", ")", "FirstName.", "FirstName.Contains", "FirstName.Contains(", "FirstName.Contains()",
        "FirstName.Contains(1)", "FirstName.ToLower(1)", "Guid()", "Guid(1 2)", "DateTime.Now()", "DateTime(,,)",
        "FirstName == ", "AND", "true AND", "NOT", "!", 'FirstName==="x"', "FirstName<>1", "'x'==FirstName", "💥",
        "FirstName" + ".ToLower()" * 61 + '=="x"', "true)", "DateTime(99999999999999999999,1,1)==DateOfBirth",
    ],
)  # fmt: skip
def test_nonsense_is_a_parse_error_and_never_a_crash(where: str) -> None:
    with pytest.raises(query.QueryParseError):
        _found(where)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('FirstName=="Ada"', "A"),
        ('"Ada"==firstname', "A"),
        ('FirstName!="Ada"', "bC"),
        ('FirstName=="Cy \\"Boy\\""', "C"),
        ("IsSTP2Qualified", "AC"),
        ("!IsSTP2Qualified", "b"),
        ("IsSTP2Qualified==false", "b"),
        ("IsSTP2Qualified!=true", "b"),
        ('NOT FirstName=="Ada"', "bC"),
        ('not (FirstName=="Ada" or IsSTP2Qualified)', "b"),
        ('!(FirstName=="Ada") && IsSTP2Qualified', "C"),
        ('FirstName=="Ada" OR FirstName=="bea" AND IsSTP2Qualified', "A"),
        ('(FirstName=="Ada" || FirstName=="bea") && !IsSTP2Qualified', "b"),
        ('Email.Contains("example")', "AC"),
        ('Email != null AND Email.Contains("example.org")', "C"),
        ("Email==null", "b"),
        ("null!=Email", "AC"),
        ('Email.StartsWith("cy@")', "C"),
        ('Email.EndsWith(".com")', "A"),
        ('!Email.EndsWith(".com")', "bC"),
        ('FirstName.ToLower()=="ada"', "A"),
        ('FirstName.ToUpper().StartsWith("B")', "b"),
        ('Email!=null AND Email.ToLower().Contains("ADA@".ToLower())', "A"),
        ("DateOfBirth<DateTime(1970,1,1)", "b"),
        ("DateOfBirth >= DateTime(1990, 2, 3) AND DateOfBirth <= DateTime(1990, 2, 3)", "A"),
        ('DateOfBirth==DateTime.Parse("1990-02-03")', "A"),
        ('DateOfBirth=="1990-02-03"', "A"),
        ("UpdatedDateUTC>DateTime(2026,5,1,10,29,59)", "Ab"),
        ('UpdatedDateUTC<DateTime.Parse("2026-05-01T10:30:00Z")', "C"),
        ("TerminationDate.HasValue", "b"),
        ("TerminationDate==null", "AC"),
        ("TerminationDate<DateTime(2027,1,1)", "b"),
        ("TerminationDate.Value>DateTime(2026,1,1)", "b"),
        (f'EmployeeID==Guid("{ADA.upper()}")', "A"),
        (f'EmployeeID=="{BEA}"', "b"),
        (f'EmployeeID!=Guid("{BEA}")', "AC"),
        ("Units>2.5", "Ab"),
        ("Units==10", "b"),
        ("true", "AbC"),
        (" OR ".join(['FirstName=="Ada"'] * 3000), "A"),
        ("(" * 60 + "true" + ")" * 60, "AbC"),
    ],
)
def test_every_comparison_finds_whom_it_should(where: str, found: str) -> None:
    assert _found(where) == found


@pytest.mark.parametrize(
    ("order", "sorted_as"),
    [
        ("FirstName", "AbC"),
        ("firstname desc", "CbA"),
        ("DateOfBirth", "bAC"),
        ("DateOfBirth DESC", "CAb"),
        ("UpdatedDateUTC ASC", "CAb"),
        ("EmployeeID", "bAC"),
        ("Units", "CAb"),
        ("Email", "bAC"),
        ("TerminationDate DESC", "bAC"),
        ("IsSTP2Qualified, Units DESC", "bAC"),
    ],
)
def test_order_sorts_each_kind_by_its_own_measure(order: str, sorted_as: str) -> None:
    ordered = query.parse_order(order, kinds=KINDS, type_name="Employee")(list(PEOPLE))
    assert "".join(person["FirstName"][0] for person in ordered) == sorted_as


@pytest.mark.parametrize("order", ["", "EmailAddress DESC", "FirstName UP", "FirstName,", "FirstName ASC DESC"])
def test_an_order_that_cannot_be_read_is_a_parse_error(order: str) -> None:
    with pytest.raises(query.QueryParseError):
        query.parse_order(order, kinds=KINDS, type_name="Employee")
