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
        add_page("cabinet", Page(3, "/progress/", _("Progress"), "mountain", others=("/numbers/",)))
        add_page("cabinet", Page(4, "/desk/", _("People"), "users", has_people, others=("/team/",)))
        add_page("cabinet", Page(5, "/me/", _("Me"), "user", others=("/gatherings/",)))
        add_page("people", Page(3, "/team/", _("Team"), "users"))
        add_page("people", Page(4, "/team/feed/", _("Feed"), "sparkles"))
        add_page("progress", Page(1, "/progress/", _("Overview"), "mountain"))
        add_page("progress", Page(2, "/progress/challenges/", _("Challenges"), "flag"))
        add_page("progress", Page(3, "/progress/boards/", _("Boards"), "list-ordered"))
        add_page("progress", Page(4, "/progress/wall/", _("Wall"), "party-popper"))
        add_page("progress", Page(5, "/numbers/", _("Numbers"), "hash"))
