"""Addresses of the journeys, below /office/journeys/; included by urls.py. A slug may hold ":"."""

from django.urls import path, register_converter

from qadam.office import journey_editor as editor
from qadam.office import journey_letters as letters
from qadam.office import journey_pages as pages
from qadam.office import journey_people as people
from qadam.office import journey_publish, journey_simulation, journey_versions
from qadam.office import member_journeys as member


class SlugWithColon:
    regex = r"[a-z0-9][a-z0-9:_-]*"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SlugWithColon, "journey")

journey_urls = [
    path("journeys/", pages.list_journeys, name="journeys"),
    path("journeys/new/", pages.begin_journey, name="journey_new"),
    path("journeys/templates/<journey:template>/", letters.show_template, name="journey_template"),
    path("journeys/templates/<journey:template>/html/", letters.show_template_html, name="journey_template_html"),
    path("journeys/templates/<journey:template>/send/", letters.send_to_me, name="journey_template_send"),
    path("journeys/<journey:slug>/", pages.show_journey, name="journey"),
    path("journeys/<journey:slug>/pause/", pages.pause, name="journey_pause"),
    path("journeys/<journey:slug>/resume/", pages.resume, name="journey_resume"),
    path("journeys/<journey:slug>/edit/", editor.show_editor, name="journey_editor"),
    path("journeys/<journey:slug>/edit/add/", editor.add_step, name="journey_add"),
    path("journeys/<journey:slug>/edit/settings/", editor.edit_settings, name="journey_settings"),
    path("journeys/<journey:slug>/edit/undo/", editor.undo, name="journey_undo"),
    path("journeys/<journey:slug>/edit/discard/", editor.discard, name="journey_discard"),
    path("journeys/<journey:slug>/edit/steps/<journey:step>/", editor.edit_step, name="journey_step"),
    path("journeys/<journey:slug>/edit/steps/<journey:step>/move/", editor.move_step, name="journey_move"),
    path("journeys/<journey:slug>/edit/steps/<journey:step>/delete/", editor.delete_step, name="journey_delete"),
    path("journeys/<journey:slug>/publish/", journey_publish.publish, name="journey_publish"),
    path("journeys/<journey:slug>/versions/", journey_versions.list_versions, name="journey_versions"),
    path("journeys/<journey:slug>/versions/<int:number>/", journey_versions.show_version, name="journey_version"),
    path(
        "journeys/<journey:slug>/versions/<int:number>/journey.yaml",
        journey_versions.download,
        name="journey_version_document",
    ),
    path("journeys/<journey:slug>/simulate/", journey_simulation.simulate, name="journey_simulation"),
    path("journeys/<journey:slug>/people/", people.list_standing, name="journey_people"),
    path("journeys/<journey:slug>/people/<int:trouble_id>/retry/", people.retry, name="journey_retry"),
    path("people/<int:member_id>/journeys/enroll/", member.enroll, name="member_enroll"),
    path("people/<int:member_id>/journeys/<int:enrollment_id>/move/", member.move, name="member_move"),
    path("people/<int:member_id>/journeys/<int:enrollment_id>/stop/", member.stop, name="member_stop"),
]
