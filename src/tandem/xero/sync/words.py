"""What pages print about a run: values, outcomes and stops in plain words. Pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tandem.people.payroll_records import TaxFileNumber, TaxScaleChoice
from tandem.people.records import Address, Gender, TerminationReason
from tandem.xero.client.errors import AnswerClass
from tandem.xero.mapping.fields import FieldValue, Termination
from tandem.xero.mapping.payroll_words import payroll_value_in_words
from tandem.xero.matching.matching import ProposalReason
from tandem.xero.sync.holding import HELD, hold_sentence
from tandem.xero.sync.pages import RunStatus, StepStatus
from tandem.xero.sync.plan import ConflictReason

HIDDEN = "Hidden"
GENDERS = {
    Gender.MALE: "Male",
    Gender.FEMALE: "Female",
    Gender.NON_BINARY: "Non-binary",
    Gender.NOT_STATED: "",
}
REASONS = {
    TerminationReason.VOLUNTARY: "voluntary",
    TerminationReason.ILL_HEALTH: "ill health",
    TerminationReason.DECEASED: "deceased",
    TerminationReason.REDUNDANCY: "redundancy",
    TerminationReason.DISMISSAL: "dismissal",
    TerminationReason.CONTRACT_END: "end of contract",
    TerminationReason.TRANSFER: "transfer",
}
KINDS = {"import": "Import", "export": "Export", "both": "Import and export"}
REACHES = {
    "authority": "what changed",
    "changed": "what changed in Xero",
    "everything": "everything",
    "person": "one person",
}
STATUSES: Mapping[RunStatus, str] = {
    RunStatus.READING: "Reading both sides.",
    RunStatus.PLANNED: "Ready to look at. Nothing has been changed yet.",
    RunStatus.APPROVED: "Approved. Checking that neither side has moved since.",
    RunStatus.RUNNING: "Under way.",
    RunStatus.PARKED: "Waiting.",
    RunStatus.DONE: "Finished.",
    RunStatus.FAILED: "Stopped.",
    RunStatus.STALE: "Out of date. Nothing more was changed; preview again.",
    RunStatus.CANCELLED: "Cancelled.",
}
LIMIT = "Xero's call limit is reached. This run goes on by itself where it stopped."
STOPS: Mapping[str, str] = {
    "connection_broken": (
        "Xero refuses access, so this run waits with its queue kept. Open the connection to see why, and reconnect."
    ),
    "not_connected": "The connection to Xero was removed, so this run waits. After a reconnect the gap report takes its place.",
    "xero_down": "Xero does not answer as it should. This run goes on by itself where it stopped.",
    "waiting_for_proof": (
        "Xero did not confirm a change. Tandem looks in Xero again, and once more ten minutes later for somebody it "
        "added there, then goes on."
    ),
    "must_wait_minute": LIMIT,
    "must_wait_day": (
        "A run's calls to Xero are used up for today, and the rest is kept for others. It goes on by itself where it stopped."
    ),
    "must_wait_concurrent": LIMIT,
    "must_wait_app": LIMIT,
    "must_wait_retry_after": LIMIT,
    AnswerClass.MINUTE_LIMIT.value: LIMIT,
    AnswerClass.DAY_LIMIT.value: (
        "Today's calls to Xero are used up. This run goes on by itself where it stopped, when Xero allows it."
    ),
    AnswerClass.CONCURRENT_LIMIT.value: LIMIT,
    AnswerClass.APP_LIMIT.value: LIMIT,
    AnswerClass.UNKNOWN_LIMIT.value: LIMIT,
    "vault_unavailable": "Tandem cannot open its vault, so it cannot sign in to Xero. Whoever runs Tandem must restore its key.",
    "moved": "Somebody changed a person, here or in Xero, after this preview was made. Nothing was changed; preview again.",
    "superseded": "A newer preview took the place of this one. Nothing was changed by it.",
    "cancelled": "Somebody cancelled this run. What it had already changed stays, and is listed.",
    "moved_away": "The account was moved to another organisation before this run ended. What it had already changed stays, and is listed.",
    "gap_open": "The connection was interrupted, so the changes of this run are in the gap report. Look at that one.",
    "sharp_drop": (
        "Xero listed far fewer people than before. That is no proof that they left, so nothing was changed. "
        "Check the employees in Xero, then preview again."
    ),
    "empty_page": (
        "Xero listed nobody where there were people before. Nothing was changed. "
        "Check that the organisation and its payroll are all right, then preview again."
    ),
    "taken_over": "Another person's access carries the connection now. This run goes on with it where it stopped.",
}
OUTCOMES: Mapping[str, str] = {
    "only_reading": "Tandem may only read from Xero, so this was not sent. Ask Xero for more on the page of the settings.",
    "second_authoriser_needed": (
        "Nothing was sent: the connection needs a second authoriser. The change waits until another person authorises, "
        "or an administrator lets exports go on."
    ),
    "edited_meanwhile": "Somebody edited this person after the preview. Nothing was overwritten; the next run looks again.",
    "already_linked": "This person was linked meanwhile, so nobody was added twice.",
    "bank_change_waits": "Another change of these bank accounts waits for a second person. Nothing was changed.",
    "bank_change_asked": "Done. The bank accounts wait on the Bank tab until a second person approves them.",
    "fund_not_in_xero": "A super fund is no longer in Xero, so nothing was sent. The next run says which one to add there.",
    "not_approved": "Not approved in this run, so nothing was changed. The next run has it again.",
    "group_not_in_xero": "The employee group is no longer in Xero, so nothing was sent. The next run says which branch needs another.",
    "no_branch_for_group": "No branch stands for the employee group any more, so nobody was moved. The next run looks again.",
    "tax_number_not_at_hand": (
        "Xero takes the tax declaration whole and Tandem does not have its tax file number, so nothing was sent. "
        "Enter the whole number on the Tax tab, or make the change in Xero."
    ),
    "missing_in_hr": "The Tandem record is gone, so nothing was written.",
    "unlinked_meanwhile": "Somebody undid or moved the link before this line's turn, so nothing was written.",
    "xero_server_error": (
        "Xero had a fault with this record, twice. Often it is one of the values listed: check them, then try again."
    ),
    "xero_bad_payload": "Xero's record of this person could not be read, so nothing was sent. The next run tries it again.",
    "xero_validation_failed": "Xero did not accept this: ",
    "xero_no_such_record": "Xero does not know this person any more. Look at the match, and link the person again.",
    "xero_kept_another_value": "Done, but Xero kept another value than was sent. The next run shows the difference.",
    "create_unconfirmed": (
        "Xero never confirmed that it added this person, and two searches did not find them. "
        "Look in Xero, then say here whether to send them again."
    ),
    "edited_unconfirmed": (
        "Xero never confirmed this change, and the same was edited in Xero since. What Xero held before may have been "
        "written over; it is kept here. Say under Conflicts which value stays."
    ),
    "linked_since": "This person was linked to somebody in Xero since, so there is nothing left to decide.",
    "others_unconfirmed": (
        "Not sent: Xero has not confirmed people sent before. Once they are found or decided on, the next run sends this one."
    ),
    "send_again": "Somebody looked and found nobody in Xero: the next run sends this person again.",
    "left_alone": "Somebody decided to leave this person; nothing is sent again.",
    "invalid": "Tandem could not save this: ",
    "employee_number_taken": "Tandem could not save this: ",
}
STEP_STATUSES: Mapping[StepStatus, str] = {
    StepStatus.PLANNED: "Not done yet",
    StepStatus.INTENDED: "Being sent",
    StepStatus.APPLIED: "Done",
    StepStatus.REJECTED: "Refused",
    StepStatus.UNKNOWN: "Not confirmed by Xero yet. Tandem looks again before it sends anything twice.",
    StepStatus.SKIPPED: "Left",
}
CONFLICTS: Mapping[ConflictReason, str] = {
    ConflictReason.BOTH_CHANGED: "Both sides changed since they last agreed.",
    ConflictReason.NEVER_AGREED: "The two sides hold different values and have never agreed.",
    ConflictReason.REHIRED_IN_XERO: "Xero no longer says that this person has left.",
    ConflictReason.TERMINATION_DIFFERS: "The two sides disagree about the end of the employment.",
    ConflictReason.UNDONE: "A run was undone here. Nothing flows either way before you say which value stays.",
    ConflictReason.UNCONFIRMED: (
        "Tandem sent its value, Xero never confirmed it, and it was edited in Xero since. "
        "Nothing flows either way before you say which value stays."
    ),
}
MATCHES: Mapping[str, str] = {
    "name_and_birth_date": "Linked by Tandem: same name and date of birth.",
    "created_in_hr": "Added to Tandem from Xero.",
    "created_in_xero": "Added to Xero from Tandem.",
    "adopted_in_xero": "Added to Xero from Tandem, found there after a lost answer.",
    "person": "Linked by a person.",
}
BY_STANDING = "The two sides differed; this field is decided for everybody."
BY_PEOPLE: Mapping[str, str] = {
    "match_undone": "Somebody undid the link of these two.",
    "asked_again": "Somebody took the decision about them back.",
}

#: By the decision, what stands beside it on the list of decisions.
DECIDED: Mapping[str, str] = {
    "apart": "Not the same person",
    "new_person": "Nobody here: added as somebody new",
    "leave": "Left for later",
}


def value_in_words(value: FieldValue) -> str:
    """Return a value as people read it; "" is blank."""
    match value:
        case Gender():
            return GENDERS[value]
        case Address():
            parts = (value.line1, value.line2, value.suburb, f"{value.state} {value.postcode}".strip(), value.country)
            return ", ".join(part for part in parts if part)
        case Termination():
            return day(value.on) + (f", {REASONS[value.reason]}" if value.reason else "")
        case date():
            return day(value)
        case None:
            return ""
        case StrEnum() | bool() | Decimal() | TaxFileNumber() | TaxScaleChoice() | tuple():
            return payroll_value_in_words(value)
        case _:
            return value


def day(on: date) -> str:
    """Return a date as pages print it."""
    return f"{on.day} {on:%b %Y}"


def stop_sentence(code: str, counts: Mapping[str, int]) -> str:
    """Return why a run stands still; its counts say what it waits with."""
    if not code:
        return ""
    if code == HELD:
        return hold_sentence(counts)
    return STOPS.get(code, "This run stopped. Nothing was lost; preview again, and tell support if it happens again.")


def outcome_sentence(status: StepStatus, code: str, said: str) -> str:
    """Return how a line ended; `said` is what Xero, or Tandem, had to say about it."""
    sentence = OUTCOMES.get(code)
    if sentence is None:
        return STEP_STATUSES[status] + (f": {said}" if said else "")
    return f"{sentence}{said}" if sentence.endswith(": ") else sentence


def with_who(sentence: str, by: str) -> str:
    """Return a sentence with the name of whoever did it, where one is known."""
    return f"{sentence} That was {by}." if by else sentence


def proposal_reason(code: str) -> str:
    """Return why a person should look at a pair."""
    known = {reason.value: reason.sentence for reason in ProposalReason}
    return known.get(code) or BY_PEOPLE.get(code, "")
