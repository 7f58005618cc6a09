from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "qadam.ui"
