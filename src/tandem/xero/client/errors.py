"""What can go wrong when we talk to Xero, as one tree with a disposition on each leaf. Pure.

XeroError                                 disposition, answer class, Xero's correlation id
├── NoAnswer
│   ├── Unreachable, TimedOut             retry
│   ├── OutcomeUnknown                    read_back     a write that got no answer
│   └── BadPayload                        report_bug
├── Refused
│   ├── RateLimited, ServerError          retry         RateLimited carries limit and retry_after
│   ├── TokenRejected                     refresh       once, then reconnect
│   ├── AccessForbidden, MissingScope     reconnect
│   ├── ValidationFailed                  fix_data      carries what Xero said of which record
│   └── NoSuchRecord                      rematch
├── GrantRevoked                          reconnect     invalid_grant
└── AppRejected                           fix_installation   invalid_client
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tandem.kernel.errors import TandemError


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
    UNAUTHORISED_TOKEN = "unauthorised_token"
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


@dataclass(frozen=True)
class Rejection:
    """One thing Xero said against one record; `message` is Xero's own text, shown verbatim where unknown."""

    message: str
    xero_employee_id: UUID | None = None
    index: int | None = None


class XeroError(TandemError):
    """Xero did not do what was asked."""

    code = "xero_error"
    public_message = "Xero did not do what was asked."
    disposition = Disposition.REPORT_BUG

    def __init__(
        self, answer: AnswerClass, *, status: int | None = None, detail: str = "", correlation_id: str = ""
    ) -> None:
        super().__init__()
        self.answer = answer
        self.status = status
        self.detail = detail
        self.correlation_id = correlation_id


def classify(status: int, headers: Mapping[str, str], body: bytes, request_kind: RequestKind) -> XeroError | None:
    """Return the error an answer amounts to, or None if it is a success."""
    raise NotImplementedError
