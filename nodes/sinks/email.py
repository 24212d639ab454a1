"""`email`: tell people by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, SecretText, Sink, Unavailable
from flowengine.expression import TemplateText
from nodes.clients.mail import MailAway, MailRefused, MailServer, hand_over, mail

Address = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=254)]


class EmailConfig(Config):
    """Settings of `email`."""

    host: str
    """The mail server."""

    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """Its port: 587 for starttls, 465 for tls."""

    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is kept private; `none` only for a server on this machine."""

    username: str = ""
    """User name at the mail server."""

    password: SecretText | None = None
    """Password at the mail server; write `${secret:NAME}`."""

    from_: Address
    """Sender."""

    recipients: Annotated[list[Address], Field(min_length=1, max_length=100)]
    """Recipients."""

    subject: TemplateText
    """Subject, with `{…}` filled from the message."""

    text: TemplateText | None = None
    """What the mail says for each message; by default its subject."""

    together: Annotated[int, Field(ge=1, le=1000)] = 50
    """Messages that wait at the same time share a mail, at most so many."""

    timeout: Duration = 20.0
    """Longest wait for each answer of the mail server."""


class Email(Sink):
    """Send a mail for a message, or one for several that come together. A server that is away is waited for."""

    config: EmailConfig
    examples = (
        Example(
            "Alarms by mail",
            "{host: mail.example.org, from: plant@example.org, recipients: [night@example.org],"
            " subject: '{device}: {payload.state}', password: '${secret:mail}', username: plant}",
        ),
    )

    def sends(self, message: Message) -> Mapping[str, Any]:
        subject, text = self._written(message)
        return {"to": [*self.config.recipients], "subject": subject, "text": text}

    async def open(self) -> None:
        config = self.config
        password = config.password.reveal() if config.password is not None else ""
        self._server = MailServer(config.host, config.port, config.security, config.username, password, config.timeout)
        self._batch: Messages = ()
        self._sent = 0
        self._bad: dict[int, str] = {}

    async def write(self, messages: Messages) -> None:
        if self._batch is not messages:
            self._batch, self._sent, self._bad = messages, 0, {}
        while self._sent < len(messages):
            part = messages[self._sent : self._sent + self.config.together]
            await self._send(part)
            self._sent += len(part)
        bad, self._batch, self._bad = self._bad, (), {}
        if bad:
            raise Rejected(f"{len(bad)} messages cannot be mailed", bad)

    async def _send(self, part: Messages) -> None:
        """One mail. What was sent already is not sent again when a later one has to wait."""
        written: dict[int, tuple[str, str]] = {}
        for place, message in enumerate(part):
            try:
                written[place] = self._written(message)
            except ValueError as fault:
                self._bad[self._sent + place] = str(fault)[:300]
        if not written:
            return
        subjects = [subject for subject, _ in written.values()]
        subject = subjects[0] if len(subjects) == 1 else f"{subjects[0]} (and {len(subjects) - 1} more)"
        text = "\n\n".join(text for _, text in written.values())
        first = part[next(iter(written))]
        domain = self.config.from_.rpartition("@")[2]
        letter = mail(self.config.from_, self.config.recipients, subject, text, f"<{first.id}.flowengine@{domain}>")
        try:
            await hand_over(self._server, letter)
        except MailAway as away:
            raise Unavailable(str(away)) from away
        except MailRefused as fault:
            self._bad.update({self._sent + place: str(fault) for place in written})

    def _written(self, message: Message) -> tuple[str, str]:
        subject = self.config.subject.fill(message)
        return subject, self.config.text.fill(message) if self.config.text is not None else subject
