"""What can go wrong when we talk to Xero, as one tree with a disposition on each leaf. Pure.

XeroError                                 disposition, answer class, Xero's correlation id
├── NoAnswer
│   ├── Unreachable, TimedOut             retry
│   ├── OutcomeUnknown                    read_back     a write that got no answer, or an edge's
│   └── BadPayload                        report_bug
├── Refused                               report_bug    a refusal that none of the others explains
│   ├── RateLimited, ServerError          retry         RateLimited carries limit and retry_after
│   ├── TokenRejected                     refresh       once; then a person must sign in again
│   ├── AccessForbidden, MissingScope     reconnect
│   ├── ValidationFailed                  fix_data      carries what Xero said of which record
│   └── NoSuchRecord                      rematch
├── GrantRevoked                          reconnect     invalid_grant
└── AppRejected                           fix_installation   invalid_client

Messages and details carry codes, never a value of a person.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from tandem.kernel.errors import TandemError
from tandem.xero.client.problems import ProblemBody, Rejection, read_problem, read_rejections


class Disposition(StrEnum):
    """What to do about a failure."""

    RETRY = "retry"
    REFRESH = "refresh"
    READ_BACK = "read_back"
    FIX_DATA = "fix_data"
    REMATCH = "rematch"
    RECONNECT = "reconnect"
    FIX_INSTALLATION = "fix_installation"
    REPORT_BUG = "report_bug"


class AnswerClass(StrEnum):
    """How a call ended, as evidence stores it."""

    OK = "ok"
    UNAUTHORISED_TOKEN = "unauthorised_token"  # noqa: S105  a kind of answer, not a secret
    INSUFFICIENT_SCOPE = "insufficient_scope"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    MINUTE_LIMIT = "minute_limit"
    DAY_LIMIT = "day_limit"
    CONCURRENT_LIMIT = "concurrent_limit"
    APP_LIMIT = "app_limit"
    UNKNOWN_LIMIT = "unknown_limit"
    SERVER_ERROR = "server_error"
    OFFLINE = "offline"
    MAINTENANCE = "maintenance"
    NO_ANSWER = "no_answer"
    TIMED_OUT = "timed_out"
    BAD_PAYLOAD = "bad_payload"
    VALIDATION = "validation"
    REFUSED = "refused"
    INVALID_GRANT = "invalid_grant"
    INVALID_CLIENT = "invalid_client"
    CLOCK_SKEW = "clock_skew"
    OUTCOME_UNKNOWN = "outcome_unknown"
    EMPTY_PAGE = "empty_page"
    SHARP_DROP = "sharp_drop"
    PEOPLE_MISSING = "people_missing"


class RequestKind(StrEnum):
    """What sort of call it was; a write without an answer is not a read without one."""

    READ = "read"
    WRITE = "write"
    LISTING = "listing"
    TOKEN = "token"  # noqa: S105  a kind of request, not a secret
    DISCONNECT = "disconnect"

    @property
    def changes_xero(self) -> bool:
        """Say whether the call may have changed something though no answer came."""
        return self in (RequestKind.WRITE, RequestKind.DISCONNECT)


class XeroError(TandemError):
    """Xero did not do what was asked."""

    code = "xero_error"
    public_message = "Xero did not do what was asked. Nothing was lost; Tandem shows what to do next on the connection."
    disposition = Disposition.REPORT_BUG
    stops_the_run = True

    def __init__(
        self, answer: AnswerClass, *, status: int | None = None, detail: str = "", correlation_id: str = ""
    ) -> None:
        super().__init__()
        self.answer = answer
        self.status = status
        self.detail = detail
        self.correlation_id = correlation_id


class NoAnswer(XeroError):
    """No usable answer came."""

    code = "xero_no_answer"
    public_message = "Xero did not answer. Tandem tries again by itself."
    disposition = Disposition.RETRY


class Unreachable(NoAnswer):
    """The call never reached Xero, or the connection broke."""

    code = "xero_unreachable"


class TimedOut(NoAnswer):
    """Xero took longer than we wait."""

    code = "xero_timed_out"
    public_message = "Xero took too long to answer. Tandem tries again by itself."


class OutcomeUnknown(NoAnswer):
    """A write was sent and no answer came: it may have happened. Read Xero again before anyone retries."""

    code = "xero_outcome_unknown"
    public_message = "Xero did not confirm a change. Tandem looks at Xero again before it sends anything twice."
    disposition = Disposition.READ_BACK


class BadPayload(NoAnswer):
    """Something answered, but not in the form that Xero's API answers."""

    code = "xero_bad_payload"
    public_message = "Xero's answer could not be read. Nothing was changed; Tandem tries again by itself."
    disposition = Disposition.REPORT_BUG


class Refused(XeroError):
    """Xero answered, and said no."""

    code = "xero_refused"
    public_message = "Xero refused the request. Nothing was changed; please tell support, with the correlation id."
    stops_the_run = False


class RateLimited(Refused):
    """A limit is reached; `retry_after` is Xero's own word, and may be missing."""

    code = "xero_rate_limited"
    public_message = "Xero's call limit is reached. Tandem goes on by itself when Xero allows it."
    disposition = Disposition.RETRY
    stops_the_run = True

    def __init__(
        self, answer: AnswerClass, *, status: int | None, correlation_id: str, retry_after: timedelta | None
    ) -> None:
        super().__init__(answer, status=status, correlation_id=correlation_id)
        self.retry_after = retry_after


class ServerError(Refused):
    """A fault at Xero, or bad input that Payroll AU answers with 500 (xero.md 3.2)."""

    code = "xero_server_error"
    public_message = "Xero had a fault. Tandem tries again by itself."
    disposition = Disposition.RETRY


class TokenRejected(Refused):
    """The access token is expired or unknown; refresh once."""

    code = "xero_token_rejected"
    public_message = "Xero no longer accepts the sign-in. Tandem renews it once; if that fails, reconnect."
    disposition = Disposition.REFRESH
    stops_the_run = True

    @property
    def is_expired(self) -> bool:
        """Say whether Xero called the token expired, which a refresh cures."""
        return self.detail.startswith("TokenExpired")


class AccessForbidden(Refused):
    """403: the person, the connection, the organisation or the role; Xero does not say which (xero.md 2.5)."""

    code = "xero_forbidden"
    public_message = "Xero refuses access to this organisation. Open the connection page to see why, and reconnect."
    disposition = Disposition.RECONNECT
    stops_the_run = True


class MissingScope(Refused):
    """The consent does not cover what was asked."""

    code = "xero_missing_scope"
    public_message = "The consent given at Xero does not cover this. Reconnect, and allow everything Tandem asks for."
    disposition = Disposition.RECONNECT
    stops_the_run = True


class ValidationFailed(Refused):
    """Xero will not take this record; `rejections` says why, in Xero's words."""

    code = "xero_validation_failed"
    public_message = "Xero did not accept this person's details. The run shows what to fix."
    disposition = Disposition.FIX_DATA

    def __init__(self, *, status: int, detail: str, correlation_id: str, rejections: tuple[Rejection, ...]) -> None:
        super().__init__(AnswerClass.VALIDATION, status=status, detail=detail, correlation_id=correlation_id)
        self.rejections = rejections


class NoSuchRecord(Refused):
    """404: the id is unknown to Xero. A person decides; it is never taken for a deletion (xero.md R19)."""

    code = "xero_no_such_record"
    public_message = "Xero does not know this record any more. Match the person again."
    disposition = Disposition.REMATCH


class GrantRevoked(XeroError):
    """The refresh token no longer works; a person must sign in again."""

    code = "xero_grant_revoked"
    public_message = "The sign-in at Xero has ended. Reconnect to go on; settings and links are kept."
    disposition = Disposition.RECONNECT


class AppRejected(XeroError):
    """Xero does not accept the installation's own client id or secret."""

    code = "xero_app_rejected"
    public_message = "Xero does not accept this installation's app credentials. Whoever runs Tandem must correct them."
    disposition = Disposition.FIX_INSTALLATION


LIMITS = {
    "minute": AnswerClass.MINUTE_LIMIT,
    "day": AnswerClass.DAY_LIMIT,
    "concurrent": AnswerClass.CONCURRENT_LIMIT,
    "appminute": AnswerClass.APP_LIMIT,
}
_AN_ID = re.compile(r"[0-9A-Za-z-]{1,60}")
EDGE_STATUSES = frozenset({502, 504, 520, 522, 524})
EXPLAINED_STATUSES = frozenset({400, 405})
#: By how much clocks may differ before the difference explains a refusal.
CLOCK_TOLERANCE = timedelta(minutes=4)


def classify(status: int, headers: Mapping[str, str], body: bytes, request_kind: RequestKind) -> XeroError | None:
    """Return the error an answer amounts to, or None if it is a success."""
    if 200 <= status < 300:
        return None
    lowered = lower_keys(headers)
    problem = read_problem(body)
    correlation_id = correlation_id_of(lowered) or only_an_id(problem.instance)
    if request_kind is RequestKind.TOKEN and status in (400, 401):
        return _token_error(status, problem, correlation_id)
    if status in (401, 403):
        return _access_error(status, problem, lowered, correlation_id)
    if status == 429 or b"rate limit exceeded" in body[:200]:
        return _limit_error(status, lowered, correlation_id)
    if status >= 500 and status != 501:
        return _server_error(status, body, correlation_id, request_kind)
    if status == 404:
        return NoSuchRecord(AnswerClass.NOT_FOUND, status=status, correlation_id=correlation_id)
    if status in EXPLAINED_STATUSES and (rejections := read_rejections(body)):
        return ValidationFailed(
            status=status, detail=problem.type, correlation_id=correlation_id, rejections=rejections
        )
    return Refused(AnswerClass.REFUSED, status=status, detail=problem.type, correlation_id=correlation_id)


def correlation_id_of(headers: Mapping[str, str]) -> str:
    """Return the id that Xero's support asks for; `headers` have lower-case names."""
    return only_an_id(headers.get("xero-correlation-id", ""))


def only_an_id(text: str) -> str:
    """Return the text if it looks like an id, else "": what is logged and kept may not be words of somebody's."""
    return text if _AN_ID.fullmatch(text) else ""


def _token_error(status: int, problem: ProblemBody, correlation_id: str) -> XeroError:
    if problem.error == "invalid_grant":
        return GrantRevoked(
            AnswerClass.INVALID_GRANT, status=status, detail=problem.error, correlation_id=correlation_id
        )
    if problem.error in ("invalid_client", "unauthorized_client"):
        return AppRejected(
            AnswerClass.INVALID_CLIENT, status=status, detail=problem.error, correlation_id=correlation_id
        )
    return Refused(AnswerClass.REFUSED, status=status, detail=problem.error, correlation_id=correlation_id)


def _access_error(status: int, problem: ProblemBody, headers: Mapping[str, str], correlation_id: str) -> XeroError:
    said = f"{problem.detail} {headers.get('www-authenticate', '')}"
    if "AuthorizationUnsuccessful" in said or "insufficient_scope" in said:
        return MissingScope(
            AnswerClass.INSUFFICIENT_SCOPE, status=status, detail=problem.detail, correlation_id=correlation_id
        )
    if status == 401:
        return TokenRejected(
            AnswerClass.UNAUTHORISED_TOKEN, status=status, detail=problem.detail, correlation_id=correlation_id
        )
    return AccessForbidden(AnswerClass.FORBIDDEN, status=status, detail=problem.detail, correlation_id=correlation_id)


def _limit_error(status: int, headers: Mapping[str, str], correlation_id: str) -> XeroError:
    named = headers.get("x-rate-limit-problem", "").strip().lower()
    return RateLimited(
        LIMITS.get(named, AnswerClass.UNKNOWN_LIMIT),
        status=status,
        correlation_id=correlation_id,
        retry_after=retry_after(headers),
    )


def _server_error(status: int, body: bytes, correlation_id: str, request_kind: RequestKind) -> XeroError:
    text = body[:500].lower()
    if status == 503 and b"organisation is offline" in text:
        return ServerError(AnswerClass.OFFLINE, status=status, correlation_id=correlation_id)
    if status == 503 and b"maintenance" in text:
        return ServerError(AnswerClass.MAINTENANCE, status=status, correlation_id=correlation_id)
    if status in EDGE_STATUSES and request_kind.changes_xero:
        return OutcomeUnknown(AnswerClass.OUTCOME_UNKNOWN, status=status, correlation_id=correlation_id)
    return ServerError(AnswerClass.SERVER_ERROR, status=status, correlation_id=correlation_id)


def no_answer(request_kind: RequestKind, *, was_sent: bool, timed_out: bool = False) -> XeroError:
    """Return the error that silence amounts to; a write that may have arrived is unknown, never failed."""
    if was_sent and request_kind.changes_xero:
        return OutcomeUnknown(AnswerClass.OUTCOME_UNKNOWN)
    if timed_out:
        return TimedOut(AnswerClass.TIMED_OUT)
    return Unreachable(AnswerClass.NO_ANSWER)


def bad_payload(*, status: int, correlation_id: str = "", detail: str = "") -> BadPayload:
    """Return the error for an answer with a good status and an unreadable body."""
    return BadPayload(AnswerClass.BAD_PAYLOAD, status=status, correlation_id=correlation_id, detail=detail)


def lower_keys(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by lower-case name."""
    return {name.lower(): value for name, value in headers.items()}


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long Xero asks us to wait, in seconds as it writes them; missing or unreadable is unknown."""
    try:
        return timedelta(seconds=max(float(lower_keys(headers).get("retry-after", "")), 0.0))
    except (ValueError, OverflowError):
        return None


def blame_clock(error: XeroError | None, offset: timedelta | None) -> XeroError | None:
    """File a token refused as too old under the clock where ours and Xero's differ by minutes; the error stays the same.

    No other refusal is about time: Xero calls a token that was revoked, or never was one, by another name (xero.md 2.5).
    """
    is_far = offset is not None and abs(offset) > CLOCK_TOLERANCE
    if is_far and isinstance(error, TokenRejected) and error.is_expired:
        error.answer = AnswerClass.CLOCK_SKEW
    return error


def clock_offset(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how far our clock is ahead of Xero's, by the Date header; None if Xero sent none that can be read."""
    try:
        return now - parsedate_to_datetime(lower_keys(headers).get("date", ""))
    except (ValueError, TypeError):
        return None
