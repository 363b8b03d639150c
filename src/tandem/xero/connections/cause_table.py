"""The one table of causes: code, pages, letters, the help centre and the tests read it. Pure.

For each cause: what it looks like, the words for it, certain and likely, the one next step, who is told, what it blocks.
"""

from collections.abc import Mapping

from tandem.xero.connections.causes import Audience, Cause, CauseEntry, NextStep, StepCode, Words


def reconnect(anchor: str, *, code: StepCode = StepCode.RECONNECT, label: str = "Reconnect") -> NextStep:
    """Return the usual next step, with its own place in the help article."""
    return NextStep(code, label, anchor)


KEPT = "Automatic import and export are paused; settings, links and waiting changes are kept."

CAUSES: Mapping[Cause, CauseEntry] = {
    Cause.AUTHORISER_LEFT: CauseEntry(
        title="The authoriser left",
        signature=(
            "Xero refuses the organisation to the person who authorised, and the record of that person here says "
            "that their employment has ended. Certain once a standby still gets in and Xero still lists the "
            "organisation for the first."
        ),
        remedy="Somebody else who can see payroll in Xero presses Reconnect; with a standby nothing needs to be done.",
        in_a_mail="the access that the link uses in Xero has ended",
        told=Audience.ADMINISTRATORS,
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
        title="Access in Xero was removed",
        signature=(
            "Xero still lists the organisation for the person who authorised, and refuses it to them. Certain "
            "once a standby still gets in."
        ),
        remedy="Give the person their role in Xero back, or let somebody who has it press Reconnect.",
        in_a_mail="the access that the link uses in Xero has ended",
        told=Audience.ADMINISTRATORS,
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
        title="Disconnected inside Xero",
        signature=(
            "Xero goes on renewing the sign-in, but no longer lists the organisation for the person who authorised."
        ),
        remedy="Press Reconnect.",
        in_a_mail="the link was disconnected inside Xero",
        told=Audience.ADMINISTRATORS,
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
        title="Payroll permission was lost",
        signature=(
            "Xero gives the organisation to the person who authorised and refuses its payroll, which it gave "
            "before. Certain once a standby still reads payroll."
        ),
        remedy="A payroll administrator in Xero gives the permission back, or reconnects.",
        in_a_mail="the payroll permission that the link uses in Xero was lost",
        told=Audience.ADMINISTRATORS,
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
        title="The consent does not cover payroll",
        signature=(
            "Xero says that the sign-in may not do this, or refuses payroll to a consent that is known to lack it."
        ),
        remedy="Reconnect and allow everything that Xero's page lists.",
        in_a_mail="the consent given at Xero does not cover payroll",
        told=Audience.ADMINISTRATORS,
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
        title="The sign-in expired",
        signature="Xero no longer renews the sign-in, which had not been renewed for 60 days.",
        remedy="Press Reconnect.",
        in_a_mail="the sign-in at Xero expired",
        told=Audience.ADMINISTRATORS,
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
        title="The sign-in was revoked",
        signature="Xero no longer renews the sign-in although it was renewed lately, or calls it unknown everywhere.",
        remedy="Press Reconnect.",
        in_a_mail="the sign-in at Xero has ended",
        told=Audience.ADMINISTRATORS,
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
        title="The organisation is not available",
        signature="Xero calls the organisation inactive, or refuses it to everybody who authorised.",
        remedy="See in Xero whether it was closed, its trial ended or it was a demo that was reset.",
        in_a_mail="the organisation is not available in Xero",
        told=Audience.ADMINISTRATORS,
        cured_by_reconnect=False,
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
        title="Payroll is not set up",
        signature=(
            "Xero gives the organisation to everybody who authorised, and its payroll to nobody; or payroll never "
            "answered."
        ),
        remedy="Finish the payroll set-up in Xero. Tandem goes on by itself.",
        in_a_mail="payroll is not set up in the Xero organisation",
        told=Audience.ADMINISTRATORS,
        cured_by_reconnect=False,
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
        title="Another organisation was chosen",
        signature="The consent that came back is for another organisation than the one this account is linked to.",
        remedy="Reconnect and choose the organisation that this account is linked to.",
        in_a_mail="the link reaches another Xero organisation",
        told=Audience.ADMINISTRATORS,
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
        title="App credentials rejected",
        signature="Xero's sign-in server refuses the client id or the secret of this installation, whoever authorised.",
        remedy=(
            "Whoever runs this installation corrects the client id and the secret of its Xero app. Nobody needs "
            "to reconnect."
        ),
        in_a_mail="Xero does not accept this installation's app credentials",
        told=Audience.INSTALLATION,
        cured_by_reconnect=False,
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
        title="Xero is not available",
        signature="Xero answers with a fault, says that it is being maintained, or does not answer.",
        remedy="Wait. Tandem goes on by itself.",
        in_a_mail="Xero is not available",
        told=Audience.NOBODY,
        cured_by_reconnect=False,
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
        title="Calls a minute used up",
        signature="Xero asks to wait because of its limits for a minute, or for calls at the same time.",
        remedy="Wait. Tandem goes on by itself at the stated time.",
        in_a_mail="Xero's limit of calls a minute is reached",
        told=Audience.NOBODY,
        cured_by_reconnect=False,
        certain=Words(
            "Xero's limit of calls a minute is reached",
            "Tandem goes on by itself as soon as Xero allows it.",
        ),
        likely=Words(
            "Most likely one of Xero's call limits is reached",
            "Xero asks to wait and names no limit that Tandem knows. Tandem goes on by itself.",
        ),
        next_step=NextStep(StepCode.WAIT, "Nothing to do", "minute-limit"),
    ),
    Cause.DAY_LIMIT: CauseEntry(
        title="Calls of the day used up",
        signature="Xero asks to wait because the day's calls are used up, or Tandem's own count of them is.",
        remedy="Wait; Tandem goes on by itself at the stated time. The connection page shows what used the calls.",
        in_a_mail="today's calls to Xero are used up",
        told=Audience.NOBODY,
        cured_by_reconnect=False,
        certain=Words(
            "Today's calls to Xero are used up",
            "Xero allows a number of calls a day for each organisation. Tandem goes on by itself when the day's "
            "budget is renewed.",
        ),
        likely=Words(
            "Most likely today's calls to Xero are used up",
            "Tandem goes on by itself when the day's budget is renewed.",
        ),
        next_step=NextStep(StepCode.REVIEW_BUDGET, "See what used the calls", "day-limit"),
    ),
    Cause.CLOCK_SKEW: CauseEntry(
        title="This installation's clock is wrong",
        signature=(
            "Xero refuses a sign-in that was just renewed as too old, and the time in Xero's answers differs from this "
            "machine's by minutes; or the latest proof carries a time that is still to come."
        ),
        remedy="Whoever runs this installation sets the machine's clock. Nobody needs to reconnect.",
        in_a_mail="this installation's clock is wrong",
        told=Audience.INSTALLATION,
        cured_by_reconnect=False,
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
        title="The vault cannot be opened",
        signature="The stored sign-in cannot be decrypted: the master key is missing or is another one.",
        remedy="Whoever runs this installation puts the right master key back. Nobody needs to reconnect.",
        in_a_mail="Tandem cannot open its vault",
        told=Audience.INSTALLATION,
        cured_by_reconnect=False,
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
        title="The reason is not known yet",
        signature=(
            "Xero refuses, and neither the list of connections, the organisation, a standby nor the record here "
            "tells the reason."
        ),
        remedy="Press Check now; if Xero still refuses, press Reconnect.",
        in_a_mail="Xero refuses the link, and its answers do not say why",
        told=Audience.ADMINISTRATORS,
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
