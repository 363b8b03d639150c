"""Addresses of notices and of each person's own choices about them, below /a/<account>/."""

from django.urls import path

from tandem.web.notices import views

urlpatterns = [
    path("notices/", views.notice_list, name="notice-list"),
    path("notices/choices/", views.notice_choices, name="notice-choices"),
    path("notices/<uuid:notice_id>/", views.notice_detail, name="notice-detail"),
    path("notices/<uuid:notice_id>/take/", views.notice_take, name="notice-take"),
    path("notices/<uuid:notice_id>/release/", views.notice_release, name="notice-release"),
]
