"""Addresses of the account's mailbox, below /a/<account>/."""

from django.urls import path

from tandem.web.mailbox import views

urlpatterns = [
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<uuid:letter_id>/", views.letter_detail, name="letter-detail"),
    path("mailbox/<uuid:letter_id>/html/", views.letter_html, name="letter-html"),
]
