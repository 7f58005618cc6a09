"""Addresses of the map, below /office/; included by urls.py."""

from django.urls import path

from qadam.office import board_print, board_sharing, board_versions, board_views

board_urls = [
    path("map/", board_views.show_board, name="board"),
    path("map/counts/", board_views.refresh_counts, name="board_counts"),
    path("map/chips/", board_views.refresh_chips, name="board_chips"),
    path("map/metric/<int:binding_id>/", board_views.show_metric, name="board_metric"),
    path("map/stage/<slug:map_slug>/<slug:stage_key>/", board_views.show_stage, name="board_stage"),
    path("map/metric/<int:binding_id>/by/<slug:by>/", board_views.show_breakdown, name="board_breakdown"),
    path(
        "map/touchpoint/<slug:map_slug>/<slug:stage_key>/<slug:code>/",
        board_views.show_touchpoint,
        name="board_touchpoint",
    ),
    path("map/present/", board_views.present, name="board_present"),
    path("map/print/", board_print.show_print, name="board_print"),
    path("map/download/<slug:form>/", board_print.download_drawing, name="board_download"),
    path("map/share/", board_sharing.list_links, name="board_share"),
    path("map/share/new/", board_sharing.create_link, name="board_share_new"),
    path("map/share/<int:link_id>/close/", board_sharing.revoke_link, name="board_share_close"),
    path("map/case/<slug:key>/", board_views.show_case, name="board_case"),
    path("map/versions/", board_versions.list_versions, name="board_versions"),
    path("map/versions/draft/", board_versions.save_draft, name="board_draft"),
    path("map/versions/<slug:map_slug>/<int:number>/publish/", board_versions.publish, name="board_publish"),
    path("map/versions/<slug:map_slug>/<int:number>/map.yaml", board_versions.download, name="board_document"),
]

share_urls = [path("<str:token>/", board_sharing.show_shared, name="shared_map")]
"""What somebody without a sign-in may open; included by the site."""
