from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "qadam.tasks"
    default_auto_field = "django.db.models.BigAutoField"
