"""Addresses of the office, below /office/."""

from django.urls import path

from qadam.office import (
    alerts,
    audit,
    contact_rules,
    gathering_pages,
    identity,
    incoming,
    joining,
    mailbox,
    map_talk,
    people,
    survey_pages,
)
from qadam.office.board_edit_urls import board_edit_urls
from qadam.office.board_urls import board_urls
from qadam.office.case_urls import case_urls
from qadam.office.journey_urls import journey_urls
from qadam.office.plan_urls import plan_urls
from qadam.office.recognition_urls import recognition_urls

app_name = "office"
urlpatterns = [
    *board_urls,
    *board_edit_urls,
    *map_talk.urlpatterns,
    *case_urls,
    *journey_urls,
    *plan_urls,
    *recognition_urls,
    *incoming.urlpatterns,
    *audit.urlpatterns,
    *alerts.urlpatterns,
    *contact_rules.urlpatterns,
    *survey_pages.urlpatterns,
    *identity.urlpatterns,
    *gathering_pages.urlpatterns,
    path("people/", people.list_people, name="people"),
    path("people/joining/", joining.settle_places, name="joining"),
    path("people/<int:member_id>/", people.show_member, name="member"),
    path("mailbox/", mailbox.list_letters, name="mailbox"),
    path("mailbox/<int:letter_id>/", mailbox.show_letter, name="letter"),
    path("mailbox/<int:letter_id>/html/", mailbox.show_html, name="letter_html"),
]
