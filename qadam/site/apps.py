from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "qadam.site"
    label = "qadam_site"

    def ready(self) -> None:
        """Wire what the layers may not import from each other: the variables of letters, and surveys' letters."""
        from qadam.journeys import surveying
        from qadam.journeys.steps import SURVEY_TEMPLATE
        from qadam.messaging import sources, variables
        from qadam.tasks.queries import NEXT_TASK_FIELDS, next_task_variables

        variables.add_provider("next_task", next_task_variables, NEXT_TASK_FIELDS)
        sources.add_source(SURVEY_TEMPLATE, surveying.read_letters)
