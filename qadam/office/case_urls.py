"""Addresses of the cases, below /office/cases/; included by urls.py."""

from django.urls import path

from qadam.office import case_file, case_pages

case_urls = [
    path("cases/", case_pages.list_cases, name="cases"),
    path("cases/files/<int:file_id>/", case_file.show_file, name="case_file"),
    path("cases/files/<int:file_id>/close/", case_file.close_file, name="case_file_close"),
    path("cases/files/<int:file_id>/start/", case_file.start_measure, name="case_file_start"),
    path("cases/<slug:key>/", case_pages.show_case, name="case"),
    path("people/<int:member_id>/cases/open/", case_file.open_file, name="case_open"),
]
