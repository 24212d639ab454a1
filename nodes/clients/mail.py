"""E-mail over SMTP: made and handed to a server. Source: RFC 5321 (4xx may pass, 5xx does not), RFC 5322."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Literal, NamedTuple

import aiosmtplib


class MailAway(Exception):
    """The mail server cannot take it now."""


class MailRefused(Exception):
    """The mail server will never take it."""


@dataclass(frozen=True)
class MailServer:
    """Where to hand mails over."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 20.0


class Attachment(NamedTuple):
    """A file that goes with a mail; `kind` is its media type, such as `text/csv`."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A mail as it goes over the wire, in seven bits, and its envelope."""

    sender: str
    recipients: Sequence[str]
    content: bytes

    @property
    def names_need_utf8(self) -> bool:
        """Whether only a server that takes addresses in UTF-8 (RFC 6531) can have it."""
        return not "".join((self.sender, *self.recipients)).isascii()


def mail(
    sender: str,
    to: Sequence[str],
    subject: str,
    text: str,
    message_id: str,
    html: str = "",
    attached: Sequence[Attachment] = (),
) -> Letter:
    """A mail in plain text, with HTML beside it. `message_id` lets a reader's program see that a second copy is one.

    Takes some 0.4 s where ten MiB are attached.
    """
    made = EmailMessage()
    made["From"], made["To"] = sender, ", ".join(to)
    # A line end in a header would begin another one; the library refuses it, but a message must not be lost for it.
    made["Subject"] = " ".join(subject.split())[:200]
    made["Message-ID"] = message_id
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    for each in attached:
        main, _, sub = each.kind.partition("/")
        made.add_attachment(each.content, maintype=main, subtype=sub, filename=each.name)
    letter = Letter(sender, to, b"")
    rules = (SMTPUTF8 if letter.names_need_utf8 else SMTP).clone(cte_type="7bit")
    return replace(letter, content=made.as_bytes(policy=rules))


async def hand_over(server: MailServer, letter: Letter) -> None:
    """Return when the server has taken it for at least one recipient. Raises MailAway, MailRefused."""
    try:
        await aiosmtplib.send(
            letter.content,
            sender=letter.sender,
            recipients=letter.recipients,
            mail_options=["SMTPUTF8"] if letter.names_need_utf8 else [],
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            timeout=server.timeout_s,
        )
    except aiosmtplib.SMTPRecipientsRefused as fault:
        # Each recipient has a code of its own; one that may pass is reason enough to try again.
        if any(recipient.code < 500 for recipient in fault.recipients):
            raise MailAway("no recipient was taken for now") from fault
        raise MailRefused("no recipient was taken") from fault
    except (aiosmtplib.SMTPConnectResponseError, aiosmtplib.SMTPHeloError) as fault:
        # It does not want this machine, whatever the mail: a person mends that.
        raise MailAway(f"the mail server turns this machine away: {fault.code} {fault.message}"[:300]) from fault
    except aiosmtplib.SMTPAuthenticationError as fault:
        raise MailAway(f"the mail server does not accept the password ({fault.code})") from fault
    except aiosmtplib.SMTPResponseException as fault:
        if 500 <= fault.code < 600:
            raise MailRefused(f"{fault.code} {fault.message}"[:300]) from fault
        raise MailAway(f"{fault.code} {fault.message}"[:300]) from fault
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
        raise MailAway(f"{type(fault).__name__}: {fault}"[:300]) from fault
