from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "qadam.surveys"
    default_auto_field = "django.db.models.BigAutoField"
