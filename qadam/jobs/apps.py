from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "qadam.jobs"
