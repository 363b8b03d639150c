"""The first page of an account."""

from django.urls import path

from tandem.web.home import views

urlpatterns = [path("", views.home, name="home")]
