from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "qadam.segments"
    default_auto_field = "django.db.models.BigAutoField"
