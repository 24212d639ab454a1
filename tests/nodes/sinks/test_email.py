"""email: mails reach a real SMTP server; answers 4xx keep the message, 5xx reject it; headers cannot be forged."""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any
from unittest import mock

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import make, messages
from nodes.sinks.email import Email
from tests.servers.ports import next_free_port

Open = Any


class Mailbox:
    """Keeps what it is handed; answers by script first."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.recipients: list[str] = []
        self.answers: list[str] = []
        self.refuses: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
        return answer


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server in a thread, and its port."""
    box, port = Mailbox(), next_free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def config(port: int, more: str = "") -> str:
    """Settings for the test's server."""
    return (
        f"{{host: 127.0.0.1, port: {port}, security: none, from: plant@x.org, recipients: [a@y.org, b@y.org],"
        f" subject: '{{device}} is {{payload}}'{more}}}"
    )


def alarm(payload: Any, device: str = "d1") -> dict[str, Any]:
    """An alarm's message."""
    return {"payload": payload, "meta": {"device": device}}


async def test_a_message_becomes_a_mail_to_all(opened: Open, mailbox: Any) -> None:
    box, port = mailbox
    sink = await opened(Email, config(port, ", text: 'Größe: {payload}'"))
    await sink.write(messages([alarm("hot")]))
    [mail] = box.mails
    assert (mail["Subject"], mail["From"], mail["To"]) == ("d1 is hot", "plant@x.org", "a@y.org, b@y.org")
    assert mail.get_content().strip() == "Größe: hot" and mail["Message-ID"] == "<1.flowengine@x.org>"
    assert box.recipients == ["a@y.org", "b@y.org"]


async def test_messages_that_come_together_share_mails(opened: Open, mailbox: Any) -> None:
    box, port = mailbox
    sink = await opened(Email, config(port, ", together: 2"))
    await sink.write(messages([alarm(k) for k in range(5)]))
    assert [mail["Subject"] for mail in box.mails] == ["d1 is 0 (and 1 more)", "d1 is 2 (and 1 more)", "d1 is 4"]


async def test_an_answer_that_may_pass_is_tried_again_without_repeating_what_was_sent(
    opened: Open, mailbox: Any
) -> None:
    box, port = mailbox
    box.answers = ["250 OK", "451 busy"]
    sink = await opened(Email, config(port, ", together: 1"))
    batch = messages([alarm(k) for k in range(3)])
    with pytest.raises(Unavailable, match="451"):
        await sink.write(batch)
    await sink.write(batch)
    assert [mail["Subject"] for mail in box.mails] == ["d1 is 0", "d1 is 1", "d1 is 2"]


async def test_a_final_refusal_rejects_only_its_messages(opened: Open, mailbox: Any) -> None:
    box, port = mailbox
    box.answers = ["250 OK", "554 no"]
    sink = await opened(Email, config(port, ", together: 1"))
    with pytest.raises(Rejected) as refused:
        await sink.write(messages([alarm(1), alarm(2), {"payload": 3}, alarm(4)]))
    assert set(refused.value.rows) == {1, 2} and "554" in refused.value.rows[1]
    assert len(box.mails) == 2


async def test_recipients_that_are_refused_for_good_or_for_now(opened: Open, mailbox: Any) -> None:
    box, port = mailbox
    sink = await opened(Email, config(port))
    box.refuses = {"a@y.org": "550 unknown"}
    await sink.write(messages([alarm(1)]))
    assert box.recipients == ["b@y.org"]
    box.refuses = {"a@y.org": "550 unknown", "b@y.org": "450 greylisted"}
    with pytest.raises(Unavailable):
        await sink.write(messages([alarm(2)]))
    box.refuses = {"a@y.org": "550 unknown", "b@y.org": "550 unknown"}
    with pytest.raises(Rejected):
        await sink.write(messages([alarm(3)]))


async def test_a_value_cannot_add_a_header(opened: Open, mailbox: Any) -> None:
    box, port = mailbox
    sink = await opened(Email, config(port))
    await sink.write(messages([alarm("x\r\nBcc: evil@z.org\r\n\r\nbody")]))
    [mail] = box.mails
    assert mail["Bcc"] is None and mail["Subject"] == "d1 is x Bcc: evil@z.org body"


async def test_a_server_that_is_away_is_waited_for(opened: Open, free_port: int) -> None:
    sink = await opened(Email, config(free_port))
    with pytest.raises(Unavailable):
        await sink.write(messages([alarm(1)]))


async def test_a_server_without_starttls_is_not_trusted_with_the_mail(opened: Open, mailbox: Any) -> None:
    box, port = mailbox
    sink = await opened(Email, config(port).replace("security: none", "security: starttls"))
    with pytest.raises(Unavailable):
        await sink.write(messages([alarm(1)]))
    assert box.mails == []


def test_an_address_that_is_none_is_a_fault_of_the_flow() -> None:
    with pytest.raises(ValueError, match="pattern"):
        make(Email, "{host: h, from: 'a@b, c@d', recipients: [x@y.org], subject: s}")


async def test_html_and_files_go_with_a_mail_and_what_a_device_says_is_no_markup(mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    more = (
        ", together: 1, html: '<b>{payload.note}</b> of {device}, {payload.rows[0]}'"
        ", attach: [{name: '{device}.csv', content: payload.table, type: text/csv}, {name: all.json, content: payload}]"
    )
    node = make(Email, config(port, more).replace("is {payload}", "reports"))
    await node.open()
    payload = {"note": "<script>1 & 2</script>", "table": "v\n1\n", "rows": ["<i>"]}
    good, climbs = Message(payload, meta={"device": "p<1>"}), Message(payload, meta={"device": "../etc"})
    with pytest.raises(Rejected) as bad:
        await node.write([good, climbs])
    assert bad.value.rows is not None and list(bad.value.rows) == [1]
    [letter] = box.mails
    shown = "<b>&lt;script&gt;1 &amp; 2&lt;/script&gt;</b> of p&lt;1&gt;, &lt;i&gt;"
    assert letter.get_body(("html",)).get_content().strip() == shown
    assert letter.get_body(("plain",)).get_content().strip() == "p<1> reports"
    table, everything = letter.iter_attachments()
    assert (table.get_filename(), table.get_content_type(), table.get_content()) == ("p<1>.csv", "text/csv", "v\n1\n")
    assert everything.get_filename() == "all.json" and b'"rows":["<i>"]' in everything.get_content()
    assert node.sends(good)["attached"] == ["p<1>.csv", "all.json"] and node.sends(good)["html"] == shown


def test_what_is_attached_is_bounded() -> None:
    node = make(Email, config(1, ", attach: [{name: a.bin, content: payload}]").replace("is {payload}", "logs"))
    with pytest.raises(ValueError, match="at most 10485760"):
        node.sends(Message(b"x" * (11 * 2**20), meta={"device": "a"}))


async def test_a_mail_is_written_beside_the_loop(opened: Open, mailbox: Any) -> None:
    box, port = mailbox
    sink = await opened(Email, config(port, ", html: '<p>{payload.text}</p>'"))
    threads = set[int]()

    def escape(text: str) -> str:
        threads.add(threading.get_ident())
        return f"[{text}]"

    with mock.patch.object(html, "escape", escape):
        await sink.write(messages([alarm({"text": "a" * 60_000})]))
    assert threads and threading.get_ident() not in threads
    assert "[aaa" in box.mails[0].get_body(("html",)).get_content()


async def test_an_address_in_utf8_is_told_the_server_as_such(opened: Open, mailbox: Any) -> None:
    box, port = mailbox
    sink = await opened(Email, config(port, ", text: 'Größe'").replace("[a@y.org, b@y.org]", "[zoé@y.org]"))
    await sink.write(messages([alarm("hot")]))
    assert box.recipients == ["zoé@y.org"] and box.mails[0].get_content().strip() == "Größe"
