"""Addresses of users and their roles, below /a/<account>/."""

from django.urls import path

from tandem.web.access import keys, views

urlpatterns = [
    path("users/", views.user_list, name="user-list"),
    path("users/new/", views.user_new, name="user-new"),
    path("users/<uuid:membership_id>/", views.user_edit, name="user-edit"),
    path("users/<uuid:membership_id>/lock/", views.user_lock, name="user-lock"),
    path("users/<uuid:membership_id>/unlock/", views.user_unlock, name="user-unlock"),
    path("api-keys/", keys.api_key_list, name="api-key-list"),
    path("api-keys/new/", keys.api_key_new, name="api-key-new"),
    path("api-keys/<uuid:key_id>/end/", keys.api_key_revoke, name="api-key-revoke"),
]
