from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "qadam.site"
    label = "qadam_site"

    def ready(self) -> None:
        """Wire what the layers may not import from each other: the variables of letters."""
        from qadam.messaging import variables
        from qadam.tasks.queries import NEXT_TASK_FIELDS, next_task_variables

        variables.add_provider("next_task", next_task_variables, NEXT_TASK_FIELDS)
