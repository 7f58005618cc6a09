from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "qadam.desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from qadam.desk.door import has_mentees
        from qadam.ui.navigation import Page, add_page

        add_page("cabinet", Page(3, "/desk/", _("Waiting for me"), "bell", has_mentees))
