from django.apps import AppConfig


class TimelineConfig(AppConfig):
    name = "tandem.timeline"
    label = "timeline"
