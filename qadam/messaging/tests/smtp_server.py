"""A real mail server on the loopback, which answers as the test says."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller

ACCEPTED = "250 OK"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass
class MailServer:
    """Keeps what it accepted in `letters`. `at_rcpt` and `at_data` answer by the recipient's address.

    The answer "hang up" closes the connection in place of an answer.
    """

    at_rcpt: Callable[[str], str] = lambda address: ACCEPTED
    at_data: Callable[[str], str] = lambda address: ACCEPTED
    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    connections: int = 0
    pipelines: bool = False

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, hostname: str, responses: Any) -> Any:  # noqa: N802 - aiosmtpd's name
        self.connections += 1
        session.host_name = hostname
        # The first line is a greeting.
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelines else responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.at_rcpt(address)
        if answer == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return _answer(server, answer)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.at_data(envelope.rcpt_tos[0])
        if answer in (ACCEPTED, "hang up"):
            self.raw.append(envelope.content)
            letter = message_from_bytes(envelope.content, policy=policy.SMTP)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
        return _answer(server, answer)

    def __enter__(self) -> Self:
        self.host, self.port = "127.0.0.1", free_port()
        self._controller = Controller(self, hostname=self.host, port=self.port)
        self._controller.start()
        # The controller's own probe is a connection too.
        self.connections = 0
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()


def _answer(server: Any, answer: str) -> str:
    if answer == "hang up":
        server.transport.close()
        return ACCEPTED
    return answer
