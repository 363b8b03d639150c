"""The closed list of causes: each with its words, certain and likely, its next step and what it blocks. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a connection is not what it should be (design 5)."""

    AUTHORISER_LEFT = "authoriser_left"
    ACCESS_REMOVED = "access_removed"
    DISCONNECTED_IN_XERO = "disconnected_in_xero"
    PAYROLL_PERMISSION_LOST = "payroll_permission_lost"
    SCOPE_MISSING = "scope_missing"
    SIGN_IN_EXPIRED = "sign_in_expired"
    SIGN_IN_REVOKED = "sign_in_revoked"
    ORGANISATION_UNAVAILABLE = "organisation_unavailable"
    PAYROLL_NOT_SET_UP = "payroll_not_set_up"
    WRONG_ORGANISATION = "wrong_organisation"
    APP_CREDENTIALS_REJECTED = "app_credentials_rejected"
    XERO_DOWN = "xero_down"
    MINUTE_LIMIT = "minute_limit"
    DAY_LIMIT = "day_limit"
    CLOCK_SKEW = "clock_skew"
    VAULT_UNAVAILABLE = "vault_unavailable"
    UNKNOWN = "unknown"


class Concern(StrEnum):
    """Why a connection that works still wants a person (state `attention`)."""

    AUTHORISER_LEAVING = "authoriser_leaving"
    NO_STANDBY = "no_standby"
    SCOPE_MISSING = "scope_missing"
    DAY_BUDGET_LOW = "day_budget_low"
    SIGN_IN_UNUSED = "sign_in_unused"


class StepCode(StrEnum):
    """What the one button does; web maps each code to a page."""

    CONNECT = "connect"
    RECONNECT = "reconnect"
    RECONNECT_AS_ANOTHER = "reconnect_as_another"
    USE_STANDBY = "use_standby"
    ADD_STANDBY = "add_standby"
    PLAN_HANDOVER = "plan_handover"
    ASK_PAYROLL_ADMIN = "ask_payroll_admin"
    GRANT_SCOPES = "grant_scopes"
    CHECK_ORGANISATION = "check_organisation"
    SET_UP_PAYROLL = "set_up_payroll"
    CHOOSE_ORGANISATION = "choose_organisation"
    FIX_APP_CREDENTIALS = "fix_app_credentials"
    FIX_CLOCK = "fix_clock"
    FIX_VAULT = "fix_vault"
    REVIEW_DATA = "review_data"
    REVIEW_BUDGET = "review_budget"
    WAIT = "wait"
    PROBE = "probe"
    NOTHING = "nothing"


@dataclass(frozen=True)
class NextStep:
    """The one obvious thing to do: a code for the page, a label for the button, an anchor in the help article."""

    code: StepCode
    label: str
    help_anchor: str


@dataclass(frozen=True)
class Words:
    """A headline and an explanation; `{who}`, `{organisation}`, `{resumes}` and `{scopes}` are filled in."""

    headline: str
    explanation: str


@dataclass(frozen=True)
class CauseEntry:
    certain: Words
    likely: Words
    next_step: NextStep
    blocks_imports: bool
    blocks_writes: bool


CAUSES: Mapping[Cause, CauseEntry] = {}
