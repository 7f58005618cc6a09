"""Addresses below /me/, gatherings, and what makes the cabinet an app."""

from django.urls import path

from qadam.cabinet import gatherings, installable, me, me_data, me_leave, me_letters, me_pause

me_urls = [
    path("me/", me.show_me, name="me"),
    path("me/letters/", me_letters.show_letters, name="letters"),
    path("me/letters/news/", me_letters.set_advertising, name="advertising"),
    path("me/pause/", me_pause.show_pause, name="pause"),
    path("me/pause/end/", me_pause.end_pause, name="end_pause"),
    path("me/data/", me_data.show_data, name="data"),
    path("me/data/file/", me_data.download_data, name="download_data"),
    path("me/data/erase/", me_data.erase, name="erase"),
    path("goodbye/", me_data.say_goodbye, name="goodbye"),
    path("me/leave/", me_leave.show_leave, name="leave"),
    path("me/leave/back/", me_leave.come_back, name="come_back"),
    path("me/app/", installable.show_install, name="install"),
    path("gatherings/", gatherings.list_gatherings, name="gatherings"),
    path("gatherings/add/", gatherings.add_gathering, name="add_gathering"),
    path("gatherings/calendar/", gatherings.set_feed, name="calendar_feed"),
    path("gatherings/<int:gathering_id>/", gatherings.show_gathering, name="gathering"),
    path("gatherings/<int:gathering_id>/file.ics", gatherings.download_gathering, name="gathering_file"),
    path("gatherings/<int:gathering_id>/edit/", gatherings.edit_gathering, name="edit_gathering"),
    path("gatherings/<int:gathering_id>/cancel/", gatherings.cancel_gathering, name="cancel_gathering"),
    path("calendar/<str:token>.ics", gatherings.show_feed, name="calendar"),
    path("manifest.webmanifest", installable.show_manifest, name="manifest"),
    path("sw.js", installable.show_worker, name="worker"),
    path("offline/<str:language>/", installable.show_offline, name="offline"),
    path("plan/saved/", installable.show_saved_plan, name="saved_plan"),
]
