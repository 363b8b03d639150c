"""The closed list of causes and concerns, and what is known of each; the words are in cause_table. Pure."""

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


#: What ends with one person and leaves another's access alone: a standby carries on.
OF_PERSON = frozenset(
    {
        Cause.AUTHORISER_LEFT,
        Cause.ACCESS_REMOVED,
        Cause.DISCONNECTED_IN_XERO,
        Cause.PAYROLL_PERMISSION_LOST,
        Cause.SIGN_IN_EXPIRED,
        Cause.SIGN_IN_REVOKED,
    }
)


class Concern(StrEnum):
    """Why a connection that works still wants a person (state `attention`).

    `handover_due` is what those see who may not know yet that somebody leaves.
    """

    AUTHORISER_LEAVING = "authoriser_leaving"
    HANDOVER_DUE = "handover_due"
    SCOPE_MISSING = "scope_missing"
    SIGN_IN_UNUSED = "sign_in_unused"
    DAY_BUDGET_LOW = "day_budget_low"
    NO_STANDBY = "no_standby"


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
    """A headline and an explanation; `{who}`, `{organisation}`, `{scopes}` and `{last_day}` are filled in."""

    headline: str
    explanation: str


class Audience(StrEnum):
    """Who hears of a cause; the administrators always do when somebody must act, and a leaver never alone."""

    ADMINISTRATORS = "administrators"
    INSTALLATION = "installation"
    NOBODY = "nobody"


@dataclass(frozen=True)
class CauseEntry:
    """One row of the table.

    `title` is its name in a list, `signature` what it looks like and `remedy` what to do, both for the help centre;
    `in_a_mail` says it without a name. `certain` and `likely` are the words of the page, `next_step` its one button.
    """

    title: str
    signature: str
    remedy: str
    in_a_mail: str
    told: Audience
    certain: Words
    likely: Words
    next_step: NextStep
    cured_by_reconnect: bool = True
    blocks_imports: bool = True
    blocks_writes: bool = True


@dataclass(frozen=True)
class ConcernEntry:
    """What is said about a connection that works, and what to do."""

    words: Words
    next_step: NextStep
