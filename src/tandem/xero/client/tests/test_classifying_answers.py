import json
from datetime import UTC, datetime, timedelta

import pytest

from tandem.xero.client import errors
from tandem.xero.client.errors import AnswerClass, Disposition, RequestKind, classify
from tandem.xero.client.problems import ProblemBody, Rejection, read_problem, read_rejections

READ, WRITE, TOKEN = RequestKind.READ, RequestKind.WRITE, RequestKind.TOKEN
ADA = "4ff1e5cc-9835-40d5-bb18-09fdb118db9c"
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def body(**content: object) -> bytes:
    return json.dumps(content).encode()


EXPIRED = body(Title="Unauthorized", Status=401, Detail="TokenExpired: token expired at 01/23/2020", Instance=ADA)
FORBIDDEN = body(title="Forbidden", status=403, detail="AuthenticationUnsuccessful", instance=ADA)
NO_SCOPE = body(Title="Unauthorized", Status=401, Detail="AuthorizationUnsuccessful", Type=None, Extensions={})
OFFLINE = b"The Organisation is offline"
MAINTAINED = b"The Xero API is currently offline for maintenance"
LATER = b"The Xero API is temporarily unavailable"
OLD_LIMIT = b"oauth_problem=rate limit exceeded&oauth_problem_advice=wait"
SCOPE_HEADER = {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}


@pytest.mark.parametrize(
    ("status", "headers", "content", "kind", "error", "answer"),
    [
        (401, {}, EXPIRED, READ, errors.TokenRejected, AnswerClass.UNAUTHORISED_TOKEN),
        (401, {}, b"", READ, errors.TokenRejected, AnswerClass.UNAUTHORISED_TOKEN),
        (401, {}, NO_SCOPE, READ, errors.MissingScope, AnswerClass.INSUFFICIENT_SCOPE),
        (403, SCOPE_HEADER, b"", READ, errors.MissingScope, AnswerClass.INSUFFICIENT_SCOPE),
        (403, {}, FORBIDDEN, READ, errors.AccessForbidden, AnswerClass.FORBIDDEN),
        (403, {}, b"<html>blocked</html>", WRITE, errors.AccessForbidden, AnswerClass.FORBIDDEN),
        (404, {}, b"", READ, errors.NoSuchRecord, AnswerClass.NOT_FOUND),
        (429, {"X-Rate-Limit-Problem": "Minute"}, b"", READ, errors.RateLimited, AnswerClass.MINUTE_LIMIT),
        (429, {"x-rate-limit-problem": "day"}, b"", READ, errors.RateLimited, AnswerClass.DAY_LIMIT),
        (429, {"X-Rate-Limit-Problem": "CONCURRENT"}, b"", READ, errors.RateLimited, AnswerClass.CONCURRENT_LIMIT),
        (429, {"X-Rate-Limit-Problem": "appminute"}, b"", READ, errors.RateLimited, AnswerClass.APP_LIMIT),
        (429, {"X-Rate-Limit-Problem": "lunar"}, b"", READ, errors.RateLimited, AnswerClass.UNKNOWN_LIMIT),
        (429, {}, b"<html>", WRITE, errors.RateLimited, AnswerClass.UNKNOWN_LIMIT),
        (503, {}, OLD_LIMIT, READ, errors.RateLimited, AnswerClass.UNKNOWN_LIMIT),
        (503, {}, OFFLINE, READ, errors.ServerError, AnswerClass.OFFLINE),
        (503, {}, MAINTAINED, WRITE, errors.ServerError, AnswerClass.MAINTENANCE),
        (503, {}, LATER, READ, errors.ServerError, AnswerClass.SERVER_ERROR),
        (500, {}, body(Title="An error occurred"), WRITE, errors.ServerError, AnswerClass.SERVER_ERROR),
        (502, {}, b"<html>Bad gateway</html>", READ, errors.ServerError, AnswerClass.SERVER_ERROR),
        (502, {}, b"<html>Bad gateway</html>", WRITE, errors.OutcomeUnknown, AnswerClass.OUTCOME_UNKNOWN),
        (504, {}, b"", RequestKind.DISCONNECT, errors.OutcomeUnknown, AnswerClass.OUTCOME_UNKNOWN),
        (501, {}, b"", READ, errors.Refused, AnswerClass.REFUSED),
        (405, {}, b"", WRITE, errors.Refused, AnswerClass.REFUSED),
        (400, {}, b"not json", WRITE, errors.Refused, AnswerClass.REFUSED),
        (412, {}, b"", READ, errors.Refused, AnswerClass.REFUSED),
        (302, {}, b"", READ, errors.Refused, AnswerClass.REFUSED),
        (400, {}, body(error="invalid_grant"), TOKEN, errors.GrantRevoked, AnswerClass.INVALID_GRANT),
        (400, {}, body(error="invalid_client"), TOKEN, errors.AppRejected, AnswerClass.INVALID_CLIENT),
        (401, {}, body(error="unauthorized_client"), TOKEN, errors.AppRejected, AnswerClass.INVALID_CLIENT),
        (400, {}, body(error="unsupported_grant_type"), TOKEN, errors.Refused, AnswerClass.REFUSED),
        (503, {}, b"", TOKEN, errors.ServerError, AnswerClass.SERVER_ERROR),
        (403, {}, b"edge", TOKEN, errors.AccessForbidden, AnswerClass.FORBIDDEN),
    ],
)
def test_each_answer_has_its_class(
    status: int,
    headers: dict[str, str],
    content: bytes,
    kind: RequestKind,
    error: type[errors.XeroError],
    answer: AnswerClass,
) -> None:
    found = classify(status, headers, content, kind)
    assert type(found) is error
    assert (found.answer, found.status) == (answer, status)
    assert found.public_message
    assert found.code


@pytest.mark.parametrize("status", [200, 204])
def test_a_success_is_no_error(status: int) -> None:
    assert classify(status, {}, b"", READ) is None


def test_xeros_request_id_comes_from_the_header_or_else_from_the_body() -> None:
    by_header = classify(403, {"xero-correlation-id": "abc"}, FORBIDDEN, READ)
    by_body = classify(403, {}, FORBIDDEN, READ)
    assert by_header
    assert by_body
    assert (by_header.correlation_id, by_body.correlation_id) == ("abc", ADA)


def test_an_expired_token_is_told_from_an_unknown_one() -> None:
    expired, unknown = classify(401, {}, EXPIRED, READ), classify(401, {}, b"", READ)
    assert isinstance(expired, errors.TokenRejected)
    assert isinstance(unknown, errors.TokenRejected)
    assert (expired.is_expired, unknown.is_expired) == (True, False)
    assert expired.disposition is Disposition.REFRESH


@pytest.mark.parametrize(
    ("value", "wait"),
    [("22", 22), ("66975", 66975), ("1.5", 1.5), ("-3", 0), ("soon", None), ("", None), ("inf", None), ("nan", None)],
)
def test_retry_after_is_seconds_or_unknown(value: str, wait: float | None) -> None:
    found = classify(429, {"Retry-After": value}, b"", READ)
    assert isinstance(found, errors.RateLimited)
    assert found.retry_after == (None if wait is None else timedelta(seconds=wait))


def test_records_that_xero_rejects_are_named_with_its_words() -> None:
    content = body(
        Employees=[
            {"EmployeeID": ADA, "ValidationErrors": []},
            {
                "EmployeeID": "00000000-0000-0000-0000-000000000000",
                "ValidationErrors": [{"Message": "The Last Name is required."}, "Odd.", {"Message": None}, 3],
            },
            {"EmployeeID": ADA, "ValidationErrors": "none"},
            "text",
        ]
    )
    found = classify(400, {}, content, WRITE)
    assert isinstance(found, errors.ValidationFailed)
    assert found.rejections == (Rejection("The Last Name is required.", None, 1), Rejection("Odd.", None, 1))
    assert "Last Name" not in str(found)
    assert found.disposition is Disposition.FIX_DATA


def test_the_other_shape_of_a_400_is_read_too() -> None:
    elements = body(ErrorNumber=10, Type="ValidationException", Elements=[{"ValidationErrors": [{"Message": "No."}]}])
    plain = body(ErrorNumber=16, Type="QueryParseException", Message="No property or field 'hi' exists")
    assert read_rejections(elements) == (Rejection("No.", None, 0),)
    assert read_rejections(plain) == (Rejection("No property or field 'hi' exists"),)
    found = classify(400, {}, plain, READ)
    assert isinstance(found, errors.ValidationFailed)
    assert found.detail == "QueryParseException"
    assert read_rejections(body(EmployeeID=ADA)) == ()
    assert read_rejections(b"[]") == ()


def test_a_405_with_records_is_a_validation_too() -> None:
    content = body(Employees=[{"ValidationErrors": [{"Message": "No."}]}])
    assert isinstance(classify(405, {}, content, WRITE), errors.ValidationFailed)


def test_a_problem_body_is_read_in_either_case_and_anything_else_says_nothing() -> None:
    assert read_problem(EXPIRED).detail.startswith("TokenExpired")
    assert read_problem(FORBIDDEN).instance == ADA
    for content in (b"[]", b"text", b"\xff\xfe", b""):
        assert read_problem(content) == ProblemBody()


@pytest.mark.parametrize(
    ("kind", "was_sent", "timed_out", "error"),
    [
        (WRITE, True, True, errors.OutcomeUnknown),
        (RequestKind.DISCONNECT, True, False, errors.OutcomeUnknown),
        (WRITE, False, True, errors.TimedOut),
        (WRITE, False, False, errors.Unreachable),
        (READ, True, True, errors.TimedOut),
        (TOKEN, True, False, errors.Unreachable),
    ],
)
def test_silence_after_a_write_that_was_sent_is_unknown(
    kind: RequestKind, was_sent: bool, timed_out: bool, error: type[errors.XeroError]
) -> None:
    assert type(errors.no_answer(kind, was_sent=was_sent, timed_out=timed_out)) is error


def test_a_good_status_with_an_unreadable_body_is_a_fault_to_report() -> None:
    found = errors.bad_payload(status=200, correlation_id="abc", detail="no Employees in the answer")
    assert (found.answer, found.disposition) == (AnswerClass.BAD_PAYLOAD, Disposition.REPORT_BUG)


@pytest.mark.parametrize(
    ("value", "offset"),
    [
        ("Sun, 22 Nov 2026 02:55:00 GMT", timedelta(minutes=5)),
        ("Sun, 22 Nov 2026 02:55:00", None),
        ("noon", None),
        ("", None),
    ],
)
def test_our_clock_is_compared_with_xeros(value: str, offset: timedelta | None) -> None:
    assert errors.clock_offset({"Date": value}, NOW) == offset


@pytest.mark.parametrize(
    ("detail", "offset", "answer"),
    [
        ("TokenExpired: token expired at 11/22/2026 02:50:00", timedelta(minutes=10), AnswerClass.CLOCK_SKEW),
        ("TokenExpired: token expired at 11/22/2026 02:50:00", timedelta(minutes=-10), AnswerClass.CLOCK_SKEW),
        ("TokenExpired: token expired at 11/22/2026 02:50:00", timedelta(minutes=3), AnswerClass.UNAUTHORISED_TOKEN),
        ("TokenExpired: token expired at 11/22/2026 02:50:00", None, AnswerClass.UNAUTHORISED_TOKEN),
        ("AuthenticationUnsuccessful", timedelta(minutes=10), AnswerClass.UNAUTHORISED_TOKEN),
    ],
)
def test_only_a_token_called_too_old_by_another_clock_is_blamed_on_the_clocks(
    detail: str, offset: timedelta | None, answer: AnswerClass
) -> None:
    error = errors.blame_clock(errors.TokenRejected(AnswerClass.UNAUTHORISED_TOKEN, status=401, detail=detail), offset)
    assert error is not None
    assert error.answer is answer


def test_only_a_refusal_of_one_record_lets_a_run_go_on() -> None:
    stops = {error.__name__: error.stops_the_run for error in (errors.ServerError, errors.ValidationFailed)}
    assert stops == {"ServerError": False, "ValidationFailed": False}
    assert all(
        error.stops_the_run
        for error in (errors.OutcomeUnknown, errors.RateLimited, errors.AccessForbidden, errors.GrantRevoked)
    )
