from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "qadam.office"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from qadam.office.contact_rules import may_set_rules
        from qadam.office.door import may_see_audit, may_see_journeys, may_see_map, may_see_people
        from qadam.office.gathering_pages import may_edit as may_edit_gatherings
        from qadam.office.incoming import may_see as may_see_incoming
        from qadam.office.plan_pages import may_see as may_see_plan
        from qadam.office.recognition_pages import may_see as may_see_recognition
        from qadam.office.survey_pages import may_see as may_see_surveys
        from qadam.ui.navigation import Page, add_page

        add_page("office", Page(1, "/office/map/", _("Map"), "map", may_see_map))
        add_page("office", Page(2, "/office/people/", _("People"), "users", may_see_people))
        add_page("office", Page(2, "/office/cases/", _("Cases"), "folder-open", may_see_people))
        add_page("office", Page(3, "/office/journeys/", _("Journeys"), "route", may_see_journeys))
        add_page("office", Page(3, "/office/plan/", _("Action plan"), "list-checks", may_see_plan))
        add_page("office", Page(3, "/office/recognition/", _("Recognition"), "award", may_see_recognition))
        add_page("office", Page(4, "/office/mailbox/", _("Mailbox"), "mail", may_see_people))
        add_page("office", Page(5, "/office/incoming/", _("Incoming"), "inbox", may_see_incoming))
        add_page("office", Page(6, "/office/rules/", _("Rules of contact"), "shield-check", may_set_rules))
        add_page("office", Page(7, "/office/surveys/", _("Surveys"), "message-circle-question-mark", may_see_surveys))
        add_page("office", Page(7, "/office/gatherings/", _("Gatherings"), "calendar-days", may_edit_gatherings))
        add_page("office", Page(8, "/office/alerts/", _("Alerts"), "bell", may_see_map))
        add_page("office", Page(9, "/office/audit/", _("Audit log"), "scroll-text", may_see_audit))
