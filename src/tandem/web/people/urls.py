"""Addresses of employees, below /a/<account>/."""

from django.urls import path

from tandem.web.people import bank_and_super, candidates, departures, employment, leave, own_changes, tax, views

urlpatterns = [
    path("employees/", views.employee_list, name="employee-list"),
    path("employees/new/", views.employee_new, name="employee-new"),
    path("employees/departures/", departures.employee_departures, name="employee-departures"),
    path("employees/departures/enter/", departures.employee_departures_enter, name="employee-departures-enter"),
    path("employees/deleted/", employment.employee_bin, name="employee-bin"),
    path("employees/<uuid:employee_id>/", views.employee_detail, name="employee-detail"),
    path("employees/<uuid:employee_id>/employment/", employment.employee_employment, name="employee-employment"),
    path("employees/<uuid:employee_id>/contract/", employment.employee_contract, name="employee-contract"),
    path("employees/<uuid:employee_id>/position/", employment.employee_position, name="employee-position"),
    path(
        "employees/<uuid:employee_id>/position/<uuid:change_id>/take-back/",
        employment.employee_position_undo,
        name="employee-position-undo",
    ),
    path("employees/<uuid:employee_id>/absence/", employment.employee_absence, name="employee-absence"),
    path(
        "employees/<uuid:employee_id>/absence/<uuid:absence_id>/take-back/",
        employment.employee_absence_undo,
        name="employee-absence-undo",
    ),
    path("employees/<uuid:employee_id>/delete/", employment.employee_delete, name="employee-delete"),
    path("employees/<uuid:employee_id>/restore/", employment.employee_restore, name="employee-restore"),
    path("employees/candidates/", candidates.candidate_list, name="candidate-list"),
    path("employees/candidates/new/", candidates.candidate_new, name="candidate-new"),
    path("employees/candidates/<uuid:candidate_id>/edit/", candidates.candidate_edit, name="candidate-edit"),
    path("employees/candidates/<uuid:candidate_id>/decide/", candidates.candidate_decide, name="candidate-decide"),
    path("employees/approvals/", own_changes.approval_list, name="approval-list"),
    path("employees/<uuid:employee_id>/ask/", own_changes.employee_ask, name="employee-ask"),
    *(
        path(f"employees/<uuid:employee_id>/asked/<uuid:change_id>/{rest}", view, name=name)
        for rest, view, name in (
            ("", own_changes.own_change, "own-change"),
            ("approve/", own_changes.own_change_approve, "own-change-approve"),
            ("refuse/", own_changes.own_change_refuse, "own-change-refuse"),
            ("withdraw/", own_changes.own_change_withdraw, "own-change-withdraw"),
        )
    ),
    path("employees/<uuid:employee_id>/bank/", bank_and_super.employee_bank, name="employee-bank"),
    path("employees/<uuid:employee_id>/bank/edit/", bank_and_super.employee_bank_edit, name="employee-bank-edit"),
    path(
        "employees/<uuid:employee_id>/bank/<uuid:change_id>/approve/",
        bank_and_super.bank_change_approve,
        name="bank-change-approve",
    ),
    path(
        "employees/<uuid:employee_id>/bank/<uuid:change_id>/end/",
        bank_and_super.bank_change_end,
        name="bank-change-end",
    ),
    path("employees/<uuid:employee_id>/super/", bank_and_super.employee_super, name="employee-super"),
    path("employees/<uuid:employee_id>/super/edit/", bank_and_super.employee_super_edit, name="employee-super-edit"),
    path("employees/<uuid:employee_id>/tax/", tax.employee_tax, name="employee-tax"),
    path("employees/<uuid:employee_id>/tax/edit/", tax.employee_tax_edit, name="employee-tax-edit"),
    path("employees/<uuid:employee_id>/tax/number/", tax.employee_tax_reveal, name="employee-tax-reveal"),
    path("employees/<uuid:employee_id>/tax/remove/", tax.employee_tax_remove, name="employee-tax-remove"),
    path("employees/leave/", leave.leave_list, name="leave-list"),
    path("employees/leave/send/", leave.leave_send, name="leave-send"),
    path("employees/<uuid:employee_id>/leave/", leave.employee_leave, name="employee-leave"),
    path("employees/<uuid:employee_id>/leave/read/", leave.employee_leave_read, name="employee-leave-read"),
    path("employees/<uuid:employee_id>/leave/new/", leave.employee_leave_new, name="employee-leave-new"),
    *(
        path(f"employees/<uuid:employee_id>/leave/<uuid:request_id>/{rest}", view, name=name)
        for rest, view, name in (
            ("", leave.leave_request, "leave-request"),
            ("edit/", leave.leave_request_edit, "leave-request-edit"),
            ("approve/", leave.leave_request_approve, "leave-request-approve"),
            ("reject/", leave.leave_request_reject, "leave-request-reject"),
            ("withdraw/", leave.leave_request_withdraw, "leave-request-withdraw"),
            ("choose/", leave.leave_request_choose, "leave-request-choose"),
            ("again/", leave.leave_request_again, "leave-request-again"),
        )
    ),
    path("employees/<uuid:employee_id>/history/", views.employee_history, name="employee-history"),
    path("employees/<uuid:employee_id>/xero/", views.employee_xero, name="employee-xero"),
    path("employees/<uuid:employee_id>/edit/", views.employee_edit, name="employee-edit"),
    path("employees/<uuid:employee_id>/terminate/", views.employee_terminate, name="employee-terminate"),
    path("employees/<uuid:employee_id>/reinstate/", views.employee_reinstate, name="employee-reinstate"),
]
