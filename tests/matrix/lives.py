"""What people do at Xero and what becomes of the organisation; and what should change nothing."""

from tests.matrix.happening import (
    BOTH,
    ONLY_ROSA,
    Group,
    Happening,
    another_organisation,
    both,
    causes,
    comes_back,
    ends_and_goes,
    event,
    flaps,
    reconnect,
    rosa,
    switched,
)

from tandem.testing.xero import AMIR, BAKERY, NOOR, ROSA
from tandem.xero.connections.causes import Cause

REMOVED = causes(Cause.ACCESS_REMOVED)
PERMISSION = causes(Cause.PAYROLL_PERMISSION_LOST)
UNAVAILABLE = causes(Cause.ORGANISATION_UNAVAILABLE)
DOWN = causes(Cause.XERO_DOWN)
ENDED = causes(Cause.SIGN_IN_REVOKED)
DISCONNECTED = causes(Cause.DISCONNECTED_IN_XERO)
NOT_SET_UP = causes(Cause.PAYROLL_NOT_SET_UP)

PEOPLE = (
    Happening(
        "removed", Group.PERSON, "Whoever authorised is removed from the organisation", rosa("remove_user"),
        ONLY_ROSA, REMOVED,
    ),
    Happening(
        "removed_unlisted", Group.PERSON, "The same, and Xero no longer lists the connection",
        switched(rosa("remove_user"), removed_user_connection="vanishes"), ONLY_ROSA, REMOVED, DISCONNECTED,
    ),
    Happening(
        "lesser_role", Group.PERSON, "Whoever authorised gets a lesser role", rosa("change_role", role="READONLY"),
        ONLY_ROSA, REMOVED,
    ),
    Happening(
        "permission", Group.PERSON, "Whoever authorised loses payroll administrator access", rosa("drop_payroll_admin"),
        ONLY_ROSA, PERMISSION,
    ),
    Happening(
        "permission_401", Group.PERSON, "The same, answered 401",
        switched(rosa("drop_payroll_admin"), payroll_permission_lost_status=401), ONLY_ROSA, PERMISSION,
    ),
    Happening(
        "permission_scope", Group.PERSON, "The same, answered as if a scope were missing",
        switched(rosa("drop_payroll_admin"), payroll_permission_lost_detail="AuthorizationUnsuccessful"),
        ONLY_ROSA, PERMISSION,
    ),
    Happening(
        "permission_scope_401", Group.PERSON, "The same, answered 401 as if a scope were missing",
        switched(
            rosa("drop_payroll_admin"),
            payroll_permission_lost_status=401,
            payroll_permission_lost_detail="AuthorizationUnsuccessful",
        ),
        ONLY_ROSA, PERMISSION,
    ),
    Happening(
        "disconnected", Group.PERSON, "The app is disconnected for whoever authorised", rosa("disconnect_app"),
        ONLY_ROSA, DISCONNECTED,
    ),
    Happening(
        "disconnected_all", Group.PERSON, "The app is disconnected for everybody",
        event("disconnect_app", organisation=BAKERY), BOTH, DISCONNECTED,
    ),
    Happening(
        "revoked", Group.PERSON, "Whoever authorised revokes the sign-in", lambda scene: scene.revoke(),
        ONLY_ROSA, ENDED, undo=reconnect, undone_by="the person authorises again",
    ),
    Happening(
        "revoked_late", Group.PERSON, "The same, and Xero lets the access token live out its time",
        switched(lambda scene: scene.revoke(), dead_grant_access_token="until_expiry"),
        ONLY_ROSA, ENDED | DISCONNECTED, undo=reconnect, undone_by="the person authorises again",
    ),
    Happening(
        "connects_elsewhere", Group.PERSON, "Whoever authorised connects again elsewhere, which ends the earlier sign-in",
        switched(rosa("user_connects"), new_consent_earlier_tokens="kill"),
        ONLY_ROSA, ENDED, undo=reconnect, undone_by="the person authorises again",
    ),
    Happening(
        "left", Group.PERSON, "Whoever authorised leaves: entered here, and removed at Xero", ends_and_goes,
        ONLY_ROSA, causes(Cause.AUTHORISER_LEFT), undo=comes_back, undone_by="the last day is taken back on both sides",
        most_mails=3,
    ),
    Happening(
        "left_unlisted", Group.PERSON, "The same, and Xero no longer lists the connection",
        switched(ends_and_goes, removed_user_connection="vanishes"), ONLY_ROSA, causes(Cause.AUTHORISER_LEFT),
        undo=comes_back, undone_by="the last day is taken back on both sides", most_mails=3,
    ),
    Happening(
        "both_removed", Group.PERSON, "Both who authorised are removed", both("remove_user"), BOTH, REMOVED, UNAVAILABLE,
        needs_standby=True,
    ),
    Happening(
        "both_permission", Group.PERSON, "Both lose payroll administrator access", both("drop_payroll_admin"), BOTH,
        PERMISSION, NOT_SET_UP, needs_standby=True,
    ),
    Happening(
        "standby_removed", Group.PERSON, "The standby is removed, the first is not",
        event("remove_user", user=AMIR, organisation=BAKERY), needs_standby=True, lasts=76,
    ),
    Happening(
        "standby_disconnected", Group.PERSON, "The app is disconnected for the standby only",
        event("disconnect_app", user=AMIR, organisation=BAKERY), needs_standby=True, lasts=76,
    ),
    Happening(
        "flapping", Group.PERSON, "Access comes and goes every ten minutes", flaps, ONLY_ROSA, REMOVED, lasts=130,
    ),
)  # fmt: skip

ORGANISATIONS = (
    Happening(
        "trial_over", Group.ORGANISATION, "The trial ends", event("end_trial", organisation=BAKERY), BOTH, UNAVAILABLE,
        REMOVED,
    ),
    Happening(
        "demo_reset", Group.ORGANISATION, "The demo company is reset", event("demo_reset", organisation=BAKERY), BOTH,
        UNAVAILABLE, REMOVED | DISCONNECTED,
    ),
    Happening(
        "no_payroll", Group.ORGANISATION, "Payroll is not set up any more",
        event("payroll_not_set_up", organisation=BAKERY), BOTH, NOT_SET_UP, PERMISSION,
    ),
    Happening(
        "no_payroll_404", Group.ORGANISATION, "The same, answered 404",
        switched(event("payroll_not_set_up", organisation=BAKERY), payroll_not_set_up_status=404), BOTH, NOT_SET_UP,
        PERMISSION,
    ),
    Happening(
        "no_payroll_401", Group.ORGANISATION, "The same, answered 401",
        switched(event("payroll_not_set_up", organisation=BAKERY), payroll_not_set_up_status=401), BOTH, NOT_SET_UP,
        PERMISSION,
    ),
    Happening(
        "offline", Group.ORGANISATION, "The organisation is offline", event("organisation_offline", organisation=BAKERY),
        BOTH, DOWN,
    ),
)  # fmt: skip

HARMLESS = (
    Happening(
        "renamed", Group.HARMLESS, "The organisation is renamed",
        event("rename_organisation", organisation=BAKERY, name="Wharf Bread Ltd"),
    ),
    Happening("stp2_off", Group.HARMLESS, "STP Phase 2 is switched off", event("stp2_off", organisation=BAKERY)),
    Happening("key_rotated", Group.HARMLESS, "Xero signs with another key", event("rotate_signing_key")),
    Happening(
        "joined", Group.HARMLESS, "Somebody joins the organisation",
        event("add_user", organisation=BAKERY, email="kim.ito@example.com"),
    ),
    Happening(
        "other_connects", Group.HARMLESS, "Another user connects the app",
        event("user_connects", user=AMIR, organisation=BAKERY),
    ),
    Happening(
        "other_removed", Group.HARMLESS, "A user who authorised nothing is removed",
        event("remove_user", user=NOOR, organisation=BAKERY),
    ),
    Happening(
        "new_address", Group.HARMLESS, "Whoever authorised changes the address they sign in with",
        event("change_email", user=ROSA, email="rosa.b@example.com"),
    ),
    Happening(
        "hired_there", Group.HARMLESS, "A person is added on Xero's screens",
        event("create_employee", organisation=BAKERY, fields={"FirstName": "Kim", "LastName": "Ito"}),
    ),
    Happening("pay_run", Group.HARMLESS, "A pay run is posted", event("post_pay_run", organisation=BAKERY)),
    Happening(
        "wrong_choice", Group.HARMLESS, "Somebody reconnects and chooses another organisation", another_organisation,
    ),
)  # fmt: skip
