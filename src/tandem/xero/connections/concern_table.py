"""What is said of a connection that works and still wants a person, and of a list that is no proof. Pure."""

from collections.abc import Mapping

from tandem.xero.connections.cause_table import KEPT
from tandem.xero.connections.causes import Concern, ConcernEntry, NextStep, StepCode, Words

CONCERNS: Mapping[Concern, ConcernEntry] = {
    Concern.AUTHORISER_LEAVING: ConcernEntry(
        Words(
            "{who} holds this connection and leaves on {last_day}",
            "Xero gives this connection the rights of the person who authorised it. Have somebody else authorise before "
            "the last day, and nothing stops. From that day on nothing is written with the leaver's rights.",
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
        NextStep(StepCode.REVIEW_BUDGET, "See what used the calls", "day-limit"),
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
