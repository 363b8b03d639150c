"""Addresses of users and their roles, below /a/<account>/."""

from django.urls import path

from tandem.web.access import views

urlpatterns = [
    path("users/", views.user_list, name="user-list"),
    path("users/new/", views.user_new, name="user-new"),
    path("users/<uuid:membership_id>/", views.user_edit, name="user-edit"),
    path("users/<uuid:membership_id>/lock/", views.user_lock, name="user-lock"),
    path("users/<uuid:membership_id>/unlock/", views.user_unlock, name="user-unlock"),
]
