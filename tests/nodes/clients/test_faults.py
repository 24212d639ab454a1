"""What each exception of each client means: away (tried again), refused (the error port), or ours, which is neither."""

from __future__ import annotations

import inspect
import logging
import ssl
import termios
from types import ModuleType
from typing import Any

import aiohttp
import aiosmtplib
import pytest
import serial

from flowengine import Rejected, Unavailable
from flowengine.testing import make, messages
from nodes.clients import mail
from nodes.clients.http.client import HttpAway, HttpClient, HttpRefused, HttpSettings
from nodes.clients.mqtt import errors as mqtt
from nodes.clients.serial import port as serial_port
from nodes.clients.serial.device import open_port
from nodes.clients.serial.line import SerialLine
from nodes.clients.serial.port import SerialPort
from nodes.clients.voice import Voice
from nodes.sinks.mqtt_out import MqttOut
from tests.servers.pty_pair import PtyPair
from tests.waiting import until

OURS = (TypeError, KeyError, AttributeError, RuntimeError)
OF_THE_SYSTEM = (ConnectionResetError, ConnectionRefusedError, BrokenPipeError, TimeoutError, OSError, ssl.SSLError)


def raised_by(module: ModuleType, root: type[Exception]) -> list[type[Exception]]:
    """Every exception class of a library."""
    found = [each for _, each in inspect.getmembers(module, inspect.isclass) if issubclass(each, root)]
    assert len(found) >= 3
    return found


def made(kind: type[Exception], *given: Any) -> Exception:
    """One of a kind, with as many of these as its constructor asks for."""
    wanted = [
        each for each in inspect.signature(kind.__init__).parameters.values()
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) and each.default is each.empty
    ]  # fmt: skip
    return kind(*given[: len(wanted) - 1])


def of_http(kind: type[Exception]) -> Exception:
    """One as aiohttp makes it."""
    if issubclass(kind, aiohttp.ClientConnectorError):
        cause = ssl.CertificateError if "Certificate" in kind.__name__ else OSError
        key: Any = type("Key", (), {"host": "h", "port": 1, "ssl": True, "is_ssl": True})()
        return kind(key, cause(1, "as the system says"))
    if issubclass(kind, aiohttp.ClientResponseError):
        asked: Any = type("Asked", (), {"real_url": "http://h"})()
        return kind(asked, ())
    return made(kind, "http://h", "b", "h", 1)


HTTP = [
    *raised_by(aiohttp, aiohttp.ClientError),
    *OF_THE_SYSTEM,
    ssl.SSLCertVerificationError,
    ValueError,
    UnicodeError,
]
HTTP_REFUSED = {
    "InvalidURL", "InvalidUrlClientError", "InvalidUrlRedirectClientError", "NonHttpUrlClientError",
    "NonHttpUrlRedirectClientError", "TooManyRedirects", "ValueError", "UnicodeError",
}  # fmt: skip


@pytest.mark.parametrize("kind", [*HTTP, *OURS], ids=lambda kind: kind.__name__)
async def test_every_fault_of_http_is_away_or_of_the_request_or_ours(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = of_http(kind)

    async def failing(*_: Any) -> Any:
        raise fault

    client = HttpClient(HttpSettings())
    monkeypatch.setattr(client, "_exchange", failing)
    meant = kind if kind in OURS else HttpRefused if kind.__name__ in HTTP_REFUSED else HttpAway
    with pytest.raises(meant):
        await client.request("GET", "http://h")


MAIL = raised_by(aiosmtplib, aiosmtplib.SMTPException)
OF_THE_MAIL = {
    "SMTPDataError", "SMTPRecipientRefused", "SMTPRecipientsRefused", "SMTPResponseException", "SMTPSenderRefused",
}  # fmt: skip


def of_mail(kind: type[Exception], code: int) -> Exception:
    """One as aiosmtplib makes it."""
    if kind is aiosmtplib.SMTPRecipientsRefused:
        return kind([aiosmtplib.SMTPRecipientRefused(code, "no", "a@y.org")])
    if issubclass(kind, aiosmtplib.SMTPResponseException):
        more = ("a@y.org",) if kind in (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPSenderRefused) else ()
        return kind(code, "no", *more)
    return kind("no")


@pytest.mark.parametrize("code", [450, 550])
@pytest.mark.parametrize("kind", [*MAIL, *OF_THE_SYSTEM, ssl.SSLCertVerificationError, *OURS], ids=lambda k: k.__name__)
async def test_every_fault_of_mail_is_away_or_of_the_mail_or_ours(
    kind: type[Exception], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any, **__: Any) -> Any:
        raise of_mail(kind, code)

    monkeypatch.setattr(aiosmtplib, "send", failing)
    refused = code >= 500 and kind.__name__ in OF_THE_MAIL
    with pytest.raises(kind if kind in OURS else mail.MailRefused if refused else mail.MailAway):
        await mail.hand_over(mail.MailServer("h", 25, "none"), mail.mail("a@x.org", ["a@y.org"], "s", "t", "<1@x>"))


SERIAL = [*raised_by(serial, OSError), termios.error, PermissionError, FileNotFoundError, ValueError]


@pytest.mark.parametrize("kind", SERIAL, ids=lambda kind: kind.__name__)
async def test_every_fault_of_opening_a_serial_port_is_away_and_it_is_tried_again(
    kind: type[Exception], pty_pair: PtyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [made(kind)]

    def opening(*asked: Any) -> serial.Serial:
        if faults:
            raise faults.pop()
        return open_port(*asked)

    monkeypatch.setattr(serial_port, "open_port", opening)
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    port = SerialPort(str(pty_pair.device), SerialLine(), Voice(log, lambda: 0.0))
    port.start()
    await until(lambda: port.up)
    assert not faults
    await port.close()


MQTT = {
    mqtt.PublishRefused({0: "topic is not allowed"}): Rejected,
    mqtt.Disconnected("gone"): Unavailable,
    mqtt.ClosedByBroker("gone"): Unavailable,
    mqtt.ConnectRefused("password", 134): Unavailable,
    mqtt.SessionTaken("taken", 142): Unavailable,
    mqtt.SubscribeRefused("a/#", "no", 135): Unavailable,
    mqtt.QueueFull("full"): Unavailable,
    mqtt.Malformed("bytes"): Unavailable,
    mqtt.Closed("closed"): Unavailable,
    mqtt.MqttError("any"): Unavailable,
    **{each(): each for each in OURS},
}


def test_no_fault_of_mqtt_is_forgotten() -> None:
    assert {type(fault) for fault in MQTT} >= set(raised_by(mqtt, mqtt.MqttError))


@pytest.mark.parametrize("fault", MQTT, ids=lambda fault: type(fault).__name__)
async def test_every_fault_of_mqtt_is_away_or_of_the_message_or_ours(fault: Exception) -> None:
    class Client:
        connected = True

        async def publish_many(self, _: Any) -> None:
            raise fault

    sink = make(MqttOut, "{connection: b, topic: t}")
    sink._client = Client()  # type: ignore[assignment]
    with pytest.raises(MQTT[fault]):
        await sink.write(messages([1]))
