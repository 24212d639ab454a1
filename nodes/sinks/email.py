"""`email`: tell people by e-mail."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, SecretText, Sink, Unavailable
from flowengine.config import revealed
from flowengine.counts import count_of
from flowengine.expression import PathTemplate, TemplateText
from nodes.batches.field_selector import FieldText
from nodes.batches.outcomes import Outcomes
from nodes.batches.shown import shown
from nodes.clients.mail import Attachment, Letter, MailAway, MailRefused, MailServer, hand_over, mail
from nodes.codecs.payload import encoder

Address = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$", max_length=254)]


MOST_ATTACHED_BYTES = 10 * 2**20
"""With one message; most mail servers take no more than some 25 MiB, and what is attached grows by a third."""


class Attached(Config):
    """A file that goes with the mail."""

    name: PathTemplate
    """Its name, such as `{device}.csv`."""

    content: FieldText
    """What is in it: a name in meta or payload, a template or an expression. Text and bytes as they are, else JSON."""

    type: Annotated[str, Field(pattern=r"^[a-z]+/[a-z0-9.+-]+$")] = "application/octet-stream"
    """Its media type, such as `text/csv`."""


class Written(NamedTuple):
    """What a message says in a mail."""

    subject: str
    text: str
    html: str
    attached: tuple[Attachment, ...]


class EmailConfig(Config):
    """Settings of `email`."""

    also_called: ClassVar = {"server": "host", "smtp": "host", "body": "text"}

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

    html: TemplateText | None = None
    """The same in HTML, for programs that show it. What a message fills in is shown as it is: `<` begins no tag."""

    attach: list[Attached] = Field(default=[], max_length=20)
    """Files that go with it, at most 10 MiB for each message."""

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
        Example(
            "A report with its table",
            "{host: mail.example.org, from: plant@example.org, recipients: [lab@example.org],"
            " subject: 'Report of {time:%Y-%m-%d}',"
            ' html: \'<ul>{payload.meters:each "<li>{name}: {kwh:.1f} kWh</li>" ""}</ul>\','
            " attach: [{name: 'report-{time:%Y-%m-%d}.csv', content: payload.table, type: text/csv}], together: 1}",
        ),
    )

    def sends(self, message: Message) -> Mapping[str, Any]:
        written = self._written(message)
        sent: dict[str, Any] = {"to": [*self.config.recipients], "subject": written.subject, "text": written.text}
        if written.html:
            sent["html"] = written.html
        return {**sent, "attached": [each.name for each in written.attached]} if written.attached else sent

    def start(self) -> None:
        self._encode = encoder("auto")

    async def open(self) -> None:
        config = self.config
        password = revealed(config.password)
        self._server = MailServer(config.host, config.port, config.security, config.username, password, config.timeout)
        self._outcomes = Outcomes("message cannot be mailed", "messages cannot be mailed")

    async def write(self, messages: Messages) -> None:
        left, together = self._outcomes.left(messages), self.config.together
        for first in range(0, len(left), together):
            await self._send(messages, left[first : first + together])
        self._outcomes.result()

    async def _send(self, messages: Messages, places: Sequence[int]) -> None:
        """One mail of what stands at these places."""
        part = [messages[place] for place in places]
        letter, bad, good = await asyncio.to_thread(self._letter, part)  # payloads and what is attached may be large
        refusal = ""
        try:
            if letter is not None:
                await hand_over(self._server, letter)
        except MailAway as away:
            raise Unavailable(str(away)) from away
        except MailRefused as fault:
            refusal = str(fault)
        for at, reason in (bad | dict.fromkeys(good, refusal)).items():
            if reason:
                self._outcomes.refused(places[at], reason)
            else:
                self._outcomes.took(places[at])

    def _letter(self, part: Messages) -> tuple[Letter | None, dict[int, str], Sequence[int]]:
        """One mail of all that can be mailed; why others cannot, and which can, by their places. Blocking."""
        written: dict[int, Written] = {}
        bad: dict[int, str] = {}
        for place, message in enumerate(part):
            try:
                written[place] = self._written(message)
            except ValueError as fault:
                bad[place] = str(fault)[:300]
        if not written:
            return None, bad, ()
        said = list(written.values())
        subject = said[0].subject if len(said) == 1 else f"{said[0].subject} (and {len(said) - 1} more)"
        first = part[next(iter(written))]
        config, domain = self.config, self.config.from_.rpartition("@")[2]
        letter = mail(
            config.from_, config.recipients, subject, "\n\n".join(each.text for each in said),
            f"<{first.id}.flowengine@{domain}>", "\n<hr>\n".join(each.html for each in said if each.html),
            [one for each in said for one in each.attached],
        )  # fmt: skip
        return letter, bad, [*written]

    def _written(self, message: Message) -> Written:
        config = self.config
        subject = config.subject.fill(message)
        text = config.text.fill(message) if config.text is not None else subject
        in_html = config.html.fill(shown(message, html.escape)) if config.html is not None else ""
        attached = tuple(
            Attachment(each.name.fill(message), each.type, self._encode(each.content.written(message)))
            for each in config.attach
        )
        size_bytes = sum(len(each.content) for each in attached)
        if size_bytes > MOST_ATTACHED_BYTES:
            raise ValueError(f"{count_of(size_bytes, 'byte')} attached; at most {MOST_ATTACHED_BYTES}")
        return Written(subject, text, in_html, attached)
