"""Addresses of employees, below /a/<account>/."""

from django.urls import path

from tandem.web.people import views

urlpatterns = [
    path("employees/", views.employee_list, name="employee-list"),
    path("employees/new/", views.employee_new, name="employee-new"),
    path("employees/<uuid:employee_id>/", views.employee_detail, name="employee-detail"),
    path("employees/<uuid:employee_id>/history/", views.employee_history, name="employee-history"),
    path("employees/<uuid:employee_id>/xero/", views.employee_xero, name="employee-xero"),
    path("employees/<uuid:employee_id>/edit/", views.employee_edit, name="employee-edit"),
    path("employees/<uuid:employee_id>/terminate/", views.employee_terminate, name="employee-terminate"),
    path("employees/<uuid:employee_id>/reinstate/", views.employee_reinstate, name="employee-reinstate"),
]
