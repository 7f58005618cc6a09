"""What a webhook carries."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Payload:
    """The JSON of one message: the same at every attempt, so that receivers may compare what comes twice.

    `type` is "message", or "message.test" for one that staff sent to try; `member` is the company's own id; `data`
    holds the template's fields.
    """

    type: str
    id: str
    created_at: datetime
    template: str
    journey: str
    category: str
    member: str | None
    data: Mapping[str, str]

    def as_json(self) -> str:
        document = {**asdict(self), "created_at": self.created_at.astimezone(UTC).isoformat()}
        return json.dumps(document, ensure_ascii=False)
