"""Addresses of the Xero pages, below /a/<account>/. The way back from Xero has no account in its address."""

from django.urls import path

from tandem.web.xero import consent, decisions, guest_links, handovers, keys, preferences, runs, timeline_export, views
from tandem.web.xero.bundle import xero_bundle

urlpatterns = [
    path("xero/bundle/", xero_bundle, name="xero-bundle"),
    path("integrations/", views.integrations, name="integrations"),
    path("xero/", views.xero_connection, name="xero-connection"),
    path("xero/connect/", consent.xero_connect, name="xero-connect"),
    path("xero/choose/<uuid:flow_id>/", consent.xero_choose, name="xero-choose"),
    path("xero/reconnect/", consent.xero_reconnect, name="xero-reconnect"),
    path("xero/standby/", consent.xero_standby, name="xero-standby"),
    path("xero/standby/not-now/", keys.xero_standby_later, name="xero-standby-later"),
    path("xero/standby/wanted/", keys.xero_standby_wanted, name="xero-standby-wanted"),
    path("xero/standby/give-up/", keys.xero_standby_give_up, name="xero-standby-give-up"),
    path("xero/standby/use/", keys.xero_swap, name="xero-swap"),
    path("xero/writes/", keys.xero_writes, name="xero-writes"),
    path("xero/writes/withdraw/", keys.xero_writes_withdraw, name="xero-writes-withdraw"),
    path("xero/authorisers/<uuid:grant_id>/", keys.xero_holder, name="xero-holder"),
    path("xero/guests/new/", guest_links.guest_link_new, name="guest-link-new"),
    path("xero/guests/<uuid:link_id>/revoke/", guest_links.guest_link_revoke, name="guest-link-revoke"),
    path("xero/probe/", views.xero_probe, name="xero-probe"),
    path("xero/disconnect/", views.xero_disconnect, name="xero-disconnect"),
    path("xero/receipts/<uuid:receipt_id>/", views.xero_receipt, name="xero-receipt"),
    path("xero/restore/", preferences.xero_restore, name="xero-restore"),
    path("xero/timeline/", views.xero_timeline, name="xero-timeline"),
    path("xero/timeline/export/", timeline_export.timeline_export, name="xero-timeline-export"),
    path("account/details/", preferences.account_details, name="account-details"),
    path("account/details/integration/", preferences.integration_settings, name="integration-settings"),
    path("runs/", runs.run_list, name="run-list"),
    path("runs/new/", runs.run_new, name="run-new"),
    path("runs/<uuid:run_id>/", runs.run_detail, name="run-detail"),
    path("runs/<uuid:run_id>/approve/", runs.run_approve, name="run-approve"),
    path("runs/<uuid:run_id>/cancel/", runs.run_cancel, name="run-cancel"),
    path("runs/steps/<uuid:step_id>/", runs.step_decide, name="step-decide"),
    path("conflicts/", decisions.conflict_list, name="conflict-list"),
    path("conflicts/decide/", decisions.conflict_decide, name="conflict-decide"),
    path("matches/", decisions.match_list, name="match-list"),
    path("matches/decide/", decisions.match_decide, name="match-decide"),
    path("matches/<uuid:binding_id>/undo/", decisions.match_undo, name="match-undo"),
    path("handovers/", handovers.handover_list, name="handover-list"),
    path("handovers/<uuid:task_id>/", handovers.handover_detail, name="handover-detail"),
    path("handovers/<uuid:task_id>/appoint/", handovers.handover_appoint, name="handover-appoint"),
    path("handovers/<uuid:task_id>/put-off/", handovers.handover_put_off, name="handover-put-off"),
    path("gap-report/", runs.gap_report, name="gap-report"),
]
