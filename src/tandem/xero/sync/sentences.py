"""Why something was left alone, in the words people read. Pure."""

from collections.abc import Mapping

from tandem.xero.sync.plan import SkipReason

SENTENCES: Mapping[SkipReason, str] = {
    SkipReason.UNCHANGED: "Nothing changed on either side.",
    SkipReason.DIRECTION_NOT_ALLOWED: "This run does not write there; a run that does will carry it.",
    SkipReason.TERMINATION_NOT_SHARED: "Termination dates do not travel this way; the Integration tab says so.",
    SkipReason.CREATE_IN_HR_IS_OFF: "Only Xero knows this person, and adding people to Tandem is switched off.",
    SkipReason.CREATE_IN_XERO_IS_OFF: "Only Tandem knows this person, and adding people to Xero is switched off.",
    SkipReason.NOT_CURRENT_IN_HR: "This person has left and was never in Xero; nobody is added there after they left.",
    SkipReason.TERMINATED_IN_XERO: "Xero says that this person has left, so Tandem changes nothing there.",
    SkipReason.TERMINATED_NOT_IMPORTED: "This person had left before; Tandem does not import people who have left.",
    SkipReason.REHIRE_BY_HAND: (
        "This person was reinstated in Tandem and is still terminated in Xero. Clear the termination date in Xero."
    ),
    SkipReason.MISSING_IN_XERO: (
        "Xero's list does not show this person. That is no termination: Tandem looks them up, and a person decides."
    ),
    SkipReason.MISSING_IN_HR: "This person is linked, but the Tandem record is archived or deleted.",
    SkipReason.DETAILS_NOT_READ: "Xero's details of this person were not read yet; they are read next.",
    SkipReason.UNKNOWN_VALUE: "Xero holds a value that Tandem does not understand; it stays as it is.",
    SkipReason.UNREADABLE: "Xero's record could not be read. The others were; this one is tried again.",
    SkipReason.HOME_EMAIL_REMAINS: (
        "The email address was removed in Xero, but Tandem still has a home email, which would go there again."
    ),
    SkipReason.LIST_INCOMPLETE: "Nobody is added to Xero before a complete list shows that they are not there yet.",
    SkipReason.CANNOT_CLEAR_IN_XERO: "This was cleared in Tandem. Xero does not take it empty, so clear it there by hand.",
    SkipReason.MASKED_IN_XERO: (
        "Xero holds another tax file number and shows only its end. Tandem keeps the whole one it has: ask the employee."
    ),
    SkipReason.BACK_ALREADY: "This is already as it was before the run.",
    SkipReason.CHANGED_SINCE: "This was changed since the run. It stays as it is.",
    SkipReason.LINK_STAYS: "The run linked the two records; they stay linked. Undo the link under Matches if it is wrong.",
    SkipReason.NO_UNDO_BALANCE: "Leave balances follow Xero, so they are not put back.",
    SkipReason.NO_UNDO_BANK: "They take a second person, so ask for the former ones on the Bank tab.",
    SkipReason.NO_UNDO_CREATE: (
        "Xero has no way to delete an employee. Who is not to be paid there has to be terminated in Xero by hand."
    ),
    SkipReason.NO_UNDO_EMPTY: "Xero held nothing here before and does not take it empty again, so it stays.",
    SkipReason.NO_UNDO_END: (
        "Xero may not let a termination be taken back from outside. Open the employee in Xero and correct it there."
    ),
    SkipReason.NO_UNDO_HOME_EMAIL: "Tandem has a home email by now, which would take its place, so the work email stays.",
    SkipReason.NO_UNDO_NUMBER: "Tax file numbers are not kept in runs, so none is put back. Ask the employee for the right one.",
    SkipReason.NO_UNDO_READING: "This account only reads from Xero, so nothing is put back there.",
    SkipReason.SIGNS_IN: "Somebody signs in as this person, so the record stays. Move it to the recycle bin by hand if it must go.",
    SkipReason.TOO_OLD: "The run ended more than 14 days ago, so nothing of it is put back.",
    SkipReason.VALUES_GONE: "The value from before the run is no longer kept.",
    SkipReason.NUMBER_ONLY_IN_XERO: "Xero holds a tax file number. Tandem asks people for theirs, and takes none from Xero.",
    SkipReason.NUMBER_NOT_TAKEN: (
        "Xero holds another tax file number. Tandem takes none from Xero: ask the employee, then correct the wrong side."
    ),
    SkipReason.BANK_CHANGE_WAITS: (
        "Xero holds other bank accounts, and a change of them waits here for a second person. Decide it on the Bank tab."
    ),
    SkipReason.BANK_CHANGE_REFUSED: (
        "Xero holds bank accounts that somebody refused here. Correct them in Xero, or ask for them on the Bank tab."
    ),
    SkipReason.BRANCH_HAS_NO_GROUP: (
        "This person's branch stands for no employee group of Xero. Choose one under Account Details, Branches."
    ),
    SkipReason.GROUP_NOT_CLEARED: (
        "One side took this person out of their branch or employee group, and names no other. The other side stays as it is: "
        "choose a branch here, or an employee group in Xero."
    ),
    SkipReason.TRANSFERS_ARE_OFF: (
        "This person's branch here and their employee group in Xero are not the same, and moving people between branches is "
        "switched off in the settings. Both sides stay as they are."
    ),
    SkipReason.HELD_WITH_TAX: "Xero takes tax and income details together, and something in them needs fixing first.",
}
