"""The start pack's recognition, published without the rest of the pack."""

from datetime import datetime
from pathlib import Path

import yaml

from qadam.recognition import publishing, social_publishing

START_PACK = Path(__file__).resolve().parents[2] / "packs" / "start"


def publish_start_pack(*, now: datetime) -> None:
    publishers = {
        "point_rules": publishing.publish_point_rule,
        "levels": publishing.publish_levels,
        "streaks": publishing.publish_streak,
        "badges": publishing.publish_badge,
        "boards": social_publishing.publish_board,
    }
    for folder, publish in publishers.items():
        for path in sorted((START_PACK / folder).glob("*.yaml")):
            publish(document=yaml.safe_load(path.read_text(encoding="utf-8")), actor=None, now=now)
