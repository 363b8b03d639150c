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


@dataclass(frozen=True)
class CauseEntry:
    """One row of the table: what is said when it is certain, when it is not, what to do, and what must wait."""

    certain: Words
    likely: Words
    next_step: NextStep
    blocks_imports: bool = True
    blocks_writes: bool = True


def reconnect(anchor: str, *, code: StepCode = StepCode.RECONNECT, label: str = "Reconnect") -> NextStep:
    """Return the usual next step, with its own place in the help article."""
    return NextStep(code, label, anchor)


KEPT = "Automatic import and export are paused; settings, links and waiting changes are kept."

CAUSES: Mapping[Cause, CauseEntry] = {
    Cause.AUTHORISER_LEFT: CauseEntry(
        certain=Words(
            "{who}'s access to Xero ended",
            "{who} authorised this connection and has left. Xero refuses {organisation} to that sign-in and gives it to "
            f"another. {KEPT}",
        ),
        likely=Words(
            "Most likely {who}'s access to Xero ended",
            "Xero refuses {organisation}. {who}, who authorised this connection, has left, so that is the most likely "
            f"reason; Xero itself does not say. {KEPT}",
        ),
        next_step=reconnect("someone-left", code=StepCode.RECONNECT_AS_ANOTHER, label="Reconnect as someone else"),
    ),
    Cause.ACCESS_REMOVED: CauseEntry(
        certain=Words(
            "{who} no longer has access to {organisation}",
            "Xero refuses {organisation} to {who}, who authorised this connection, and gives it to another. The person "
            f"was removed there or has a lesser role now. {KEPT}",
        ),
        likely=Words(
            "Most likely {who} lost access to {organisation}",
            "Xero refuses {organisation}. The most likely reason is that {who}, who authorised this connection, was "
            f"removed there or has a lesser role now; a closed organisation looks the same. {KEPT}",
        ),
        next_step=reconnect("access-removed"),
    ),
    Cause.DISCONNECTED_IN_XERO: CauseEntry(
        certain=Words(
            "Disconnected inside Xero",
            "Somebody disconnected this app on Xero's Connected apps page. Renewing the sign-in still works, which is "
            f"why only a call for data shows it. {KEPT}",
        ),
        likely=Words(
            "Most likely disconnected inside Xero",
            "Xero no longer lists {organisation} for {who}. Most likely somebody disconnected this app on Xero's "
            f"Connected apps page; losing access can look the same. {KEPT}",
        ),
        next_step=reconnect("disconnected-in-xero"),
    ),
    Cause.PAYROLL_PERMISSION_LOST: CauseEntry(
        certain=Words(
            "{who} is no longer a payroll administrator",
            "Xero gives {organisation} to {who}, but no payroll; to another person it gives both. {who} needs payroll "
            f"administrator access again, or somebody who has it reconnects. {KEPT}",
        ),
        likely=Words(
            "Most likely {who} is no longer a payroll administrator",
            "Xero gives {organisation} to {who}, but no payroll. Most likely the payroll administrator access was "
            f"taken away. {KEPT}",
        ),
        next_step=NextStep(StepCode.ASK_PAYROLL_ADMIN, "Ask a payroll administrator", "payroll-access"),
    ),
    Cause.SCOPE_MISSING: CauseEntry(
        certain=Words(
            "The consent does not cover payroll",
            "When this connection was authorised, Xero was not asked for, or not allowed, everything that is needed: "
            f"{{scopes}}. Reconnect and allow all of it. {KEPT}",
        ),
        likely=Words(
            "Most likely the consent does not cover payroll",
            "Xero says that this sign-in may not read payroll. Most likely the consent does not cover it. Reconnect "
            f"and allow everything that is asked for. {KEPT}",
        ),
        next_step=NextStep(StepCode.GRANT_SCOPES, "Reconnect and allow", "permissions"),
    ),
    Cause.SIGN_IN_EXPIRED: CauseEntry(
        certain=Words(
            "The sign-in at Xero expired",
            f"Xero ends a sign-in that was not renewed for 60 days, and this one was not. {KEPT}",
        ),
        likely=Words(
            "Most likely the sign-in at Xero expired",
            f"Xero no longer renews this sign-in. Most likely it was not renewed for too long. {KEPT}",
        ),
        next_step=reconnect("sign-in-expired"),
    ),
    Cause.SIGN_IN_REVOKED: CauseEntry(
        certain=Words(
            "The sign-in at Xero was revoked",
            f"Xero no longer accepts the sign-in of {{who}}: it was revoked. {KEPT}",
        ),
        likely=Words(
            "Most likely the sign-in at Xero was revoked",
            "Xero no longer accepts the sign-in of {who}. Most likely it was revoked there, or a newer one took its "
            f"place. {KEPT}",
        ),
        next_step=reconnect("sign-in-revoked"),
    ),
    Cause.ORGANISATION_UNAVAILABLE: CauseEntry(
        certain=Words(
            "{organisation} is not active in Xero",
            f"Xero says that the organisation is not active: closed, or its trial is over. {KEPT}",
        ),
        likely=Words(
            "Most likely {organisation} is no longer available in Xero",
            "Xero refuses the organisation to everybody who authorised. Most likely it was closed, its trial is over, "
            f"or it was a demo that was reset. {KEPT}",
        ),
        next_step=NextStep(StepCode.CHECK_ORGANISATION, "Check the organisation in Xero", "organisation"),
    ),
    Cause.PAYROLL_NOT_SET_UP: CauseEntry(
        certain=Words(
            "Payroll is not set up in {organisation}",
            "The organisation answers, its payroll does not: payroll was never set up there. Finish the payroll set-up "
            "in Xero; Tandem goes on by itself.",
        ),
        likely=Words(
            "Most likely payroll is not set up in {organisation}",
            "The organisation answers, its payroll does not. Most likely the payroll set-up in Xero is not finished. "
            "Finish it there; Tandem goes on by itself.",
        ),
        next_step=NextStep(StepCode.SET_UP_PAYROLL, "Finish payroll set-up in Xero", "payroll-set-up"),
    ),
    Cause.WRONG_ORGANISATION: CauseEntry(
        certain=Words(
            "Another organisation was chosen",
            "The consent is for another organisation than {organisation}, to which this account is linked. Nothing was "
            "read from it and nothing written to it.",
        ),
        likely=Words(
            "Most likely another organisation was chosen",
            "The consent does not seem to be for {organisation}, to which this account is linked. Nothing was read "
            "and nothing written.",
        ),
        next_step=NextStep(StepCode.CHOOSE_ORGANISATION, "Choose the right organisation", "wrong-organisation"),
    ),
    Cause.APP_CREDENTIALS_REJECTED: CauseEntry(
        certain=Words(
            "Xero does not accept this installation",
            "The client id or secret of this installation's Xero app is wrong or was replaced. Whoever runs Tandem "
            f"must correct it; nobody needs to reconnect. {KEPT}",
        ),
        likely=Words(
            "Most likely Xero does not accept this installation",
            "Most likely the client id or secret of this installation's Xero app is wrong. Whoever runs Tandem must "
            f"check it. {KEPT}",
        ),
        next_step=NextStep(StepCode.FIX_APP_CREDENTIALS, "How to correct the app credentials", "app-credentials"),
    ),
    Cause.XERO_DOWN: CauseEntry(
        certain=Words(
            "Xero is not available",
            "Xero answers with a fault or is being maintained. Tandem goes on by itself; nothing needs to be done.",
        ),
        likely=Words(
            "Most likely Xero is not available",
            "Xero does not answer, or not in a form that can be read. Most likely it has a fault; the network between "
            "could be the reason too. Tandem goes on by itself.",
        ),
        next_step=NextStep(StepCode.WAIT, "Nothing to do", "xero-down"),
    ),
    Cause.MINUTE_LIMIT: CauseEntry(
        certain=Words(
            "Xero's limit of calls a minute is reached",
            "Tandem goes on by itself as soon as Xero allows it.",
        ),
        likely=Words(
            "Most likely one of Xero's call limits is reached",
            "Xero asks to wait and names no limit that Tandem knows. Tandem goes on by itself.",
        ),
        next_step=NextStep(StepCode.WAIT, "Nothing to do", "limits"),
    ),
    Cause.DAY_LIMIT: CauseEntry(
        certain=Words(
            "Today's calls to Xero are used up",
            "Xero allows a number of calls a day for each organisation. Tandem goes on by itself when the day's "
            "budget is renewed.",
        ),
        likely=Words(
            "Most likely today's calls to Xero are used up",
            "Tandem goes on by itself when the day's budget is renewed.",
        ),
        next_step=NextStep(StepCode.REVIEW_BUDGET, "See what used the calls", "limits"),
    ),
    Cause.CLOCK_SKEW: CauseEntry(
        certain=Words(
            "This server's clock is wrong",
            "The clock of the machine that runs Tandem differs from Xero's by minutes, so sign-ins look expired. "
            f"Whoever runs Tandem must set it. {KEPT}",
        ),
        likely=Words(
            "Most likely this server's clock is wrong",
            "Xero refuses a sign-in that should be good, and the clocks differ. Whoever runs Tandem should check "
            f"the machine's clock. {KEPT}",
        ),
        next_step=NextStep(StepCode.FIX_CLOCK, "How to set the clock", "clock"),
    ),
    Cause.VAULT_UNAVAILABLE: CauseEntry(
        certain=Words(
            "The stored sign-in cannot be opened",
            "Tandem cannot decrypt the sign-in that it keeps for Xero: the master key is missing or is another one. "
            f"Whoever runs Tandem must restore it. {KEPT}",
        ),
        likely=Words(
            "Most likely the stored sign-in cannot be opened",
            f"Most likely the master key of this installation is missing or is another one. {KEPT}",
        ),
        next_step=NextStep(StepCode.FIX_VAULT, "How to restore the key", "vault"),
    ),
    Cause.UNKNOWN: CauseEntry(
        certain=Words(
            "Xero refuses, and does not say why",
            f"Nothing that Tandem can ask tells the reason. Try again, then reconnect. {KEPT}",
        ),
        likely=Words(
            "Xero refuses, and the reason is not known yet",
            "Tandem is asking what can be asked: which organisations are listed, and whether the organisation "
            f"itself answers. {KEPT}",
        ),
        next_step=NextStep(StepCode.PROBE, "Check now", "unknown"),
    ),
}


@dataclass(frozen=True)
class ConcernEntry:
    """What is said about a connection that works, and what to do."""

    words: Words
    next_step: NextStep


CONCERNS: Mapping[Concern, ConcernEntry] = {
    Concern.AUTHORISER_LEAVING: ConcernEntry(
        Words(
            "{who} holds this connection and leaves on {last_day}",
            "Xero gives this connection the rights of the person who authorised it. Have somebody else authorise before "
            "the last day, and nothing stops. After that day nothing is written with the leaver's rights.",
        ),
        NextStep(StepCode.PLAN_HANDOVER, "Hand the connection over", "hand-over"),
    ),
    Concern.HANDOVER_DUE: ConcernEntry(
        Words(
            "A second authoriser is needed by {last_day}",
            "Have another person with payroll administrator access in Xero authorise this connection before that day.",
        ),
        NextStep(StepCode.PLAN_HANDOVER, "Hand the connection over", "hand-over"),
    ),
    Concern.SCOPE_MISSING: ConcernEntry(
        Words(
            "The consent lacks something that a chosen option needs",
            "The connection works, but Xero was not allowed: {scopes}. Reconnect and allow it, or switch the option off.",
        ),
        NextStep(StepCode.GRANT_SCOPES, "Reconnect and allow", "permissions"),
    ),
    Concern.SIGN_IN_UNUSED: ConcernEntry(
        Words(
            "The sign-in was not renewed for 45 days",
            "Xero ends a sign-in that is not renewed for 60 days. Check now renews it.",
        ),
        NextStep(StepCode.PROBE, "Check now", "sign-in-expired"),
    ),
    Concern.DAY_BUDGET_LOW: ConcernEntry(
        Words(
            "Few calls to Xero are left today",
            "What is left is kept for checks and exports. Large imports wait until the budget is renewed.",
        ),
        NextStep(StepCode.REVIEW_BUDGET, "See what used the calls", "limits"),
    ),
    Concern.NO_STANDBY: ConcernEntry(
        Words(
            "No second person stands ready",
            "If {who} loses access to Xero, this connection stops. A standby authoriser keeps it alive.",
        ),
        NextStep(StepCode.ADD_STANDBY, "Add a standby", "standby"),
    ),
}

#: What a list that is no proof looks like; the cause stays unknown, the words say what was seen.
DATA_WORDS: Mapping[str, Words] = {
    "empty_page": Words(
        "Xero shows nobody where there were people",
        f"The list of employees came back empty. That is no proof of anything, and nobody was changed. {KEPT}",
    ),
    "sharp_drop": Words(
        "Xero shows far fewer people than before",
        f"The list of employees shrank more than it should between two looks. Nobody was changed. {KEPT}",
    ),
    "people_missing": Words(
        "Linked people are missing from Xero",
        f"Some linked people are in no list and could not be read one by one. Nobody was changed. {KEPT}",
    ),
}
REVIEW_DATA = NextStep(StepCode.REVIEW_DATA, "See who is missing", "missing-people")
