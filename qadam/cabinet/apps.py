from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CabinetConfig(AppConfig):
    name = "qadam.cabinet"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from qadam.cabinet.door import has_people
        from qadam.ui.navigation import Page, add_page

        add_page("cabinet", Page(1, "/today/", _("Today"), "sun"))
        add_page("cabinet", Page(2, "/plan/", _("Plan"), "route"))
        add_page("cabinet", Page(3, "/team/", _("My people"), "users", has_people))
        add_page("cabinet", Page(4, "/me/", _("Me"), "user"))
