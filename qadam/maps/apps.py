from django.apps import AppConfig


class MapsConfig(AppConfig):
    name = "qadam.maps"
    default_auto_field = "django.db.models.BigAutoField"
