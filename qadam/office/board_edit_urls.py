"""Addresses of the map's editor, below /office/; included by urls.py."""

from django.urls import path

from qadam.office import board_edit_moves, board_edit_publish, board_edit_turns, board_edit_views

board_edit_urls = [
    path("map/edit/", board_edit_views.show_editor, name="board_edit"),
    path("map/edit/begin/", board_edit_views.begin, name="board_edit_begin"),
    path("map/edit/cell/", board_edit_views.edit_cell, name="board_edit_cell"),
    path("map/edit/case/<slug:key>/", board_edit_views.show_case, name="board_edit_case"),
    path("map/edit/menu/", board_edit_moves.show_menu, name="board_edit_menu"),
    path("map/edit/move/", board_edit_moves.move, name="board_edit_move"),
    path("map/edit/remove/", board_edit_moves.remove, name="board_edit_remove"),
    path("map/edit/undo/", board_edit_turns.undo, name="board_edit_undo"),
    path("map/edit/redo/", board_edit_turns.redo, name="board_edit_redo"),
    path("map/edit/watch/", board_edit_turns.watch, name="board_edit_watch"),
    path("map/edit/typing/", board_edit_turns.note_typing, name="board_edit_typing"),
    path("map/edit/publish/", board_edit_publish.publish, name="board_edit_publish"),
    path("map/edit/four-eyes/", board_edit_publish.set_four_eyes, name="board_edit_four_eyes"),
    path("map/edit/discard/", board_edit_publish.discard, name="board_edit_discard"),
]
