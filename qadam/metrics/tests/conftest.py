from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def segments_folder(settings, tmp_path) -> Path:
    settings.SEGMENTS_FOLDER = tmp_path / "segments"
    return settings.SEGMENTS_FOLDER
