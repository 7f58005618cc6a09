from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "qadam.desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from qadam.desk.door import has_branch, has_mentees
        from qadam.ui.navigation import Page, add_page

        add_page("people", Page(1, "/desk/", _("Waiting"), "bell", has_mentees))
        add_page("people", Page(2, "/desk/approvals/", _("To approve"), "clipboard-check", has_branch))
