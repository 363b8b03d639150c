from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "tandem.notices"
    label = "notices"
