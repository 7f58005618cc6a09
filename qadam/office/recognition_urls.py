"""Addresses of Recognition, below /office/recognition/; included by urls.py."""

from django.urls import path

from qadam.office import badge_pages, recognition_nominations
from qadam.office import recognition_pages as pages

recognition_urls = [
    path("recognition/", pages.list_first, name="recognition"),
    path("recognition/nominations/", recognition_nominations.list_nominations, name="nominations"),
    path("recognition/badges/<journey:key>/award/", badge_pages.award, name="badge_award"),
    path("recognition/<slug:slug>/", pages.list_documents, name="recognition_list"),
    path("recognition/<slug:slug>/new/", pages.begin_document, name="recognition_new"),
    path("recognition/<slug:slug>/new/drop/", pages.drop_draft, name="recognition_drop_new"),
    path("recognition/<slug:slug>/<journey:key>/", pages.edit_document, name="recognition_edit"),
    path("recognition/<slug:slug>/<journey:key>/drop/", pages.drop_draft, name="recognition_drop"),
    path("recognition/<slug:slug>/<journey:key>/retire/", pages.retire_document, name="recognition_retire"),
]
