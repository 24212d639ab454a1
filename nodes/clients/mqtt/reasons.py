"""Why a broker cannot be reached, in words for whoever runs the plant. Never here: retrying, logging."""

import ssl

import aiohttp

from nodes.clients.mqtt.settings import MqttSettings
from nodes.clients.unreachable import unreachable

WANTS_OURS = "it wants a certificate of ours (`tls: {cert, key}`)"


def why_not(fault: Exception, settings: MqttSettings) -> str:
    """The reason without a library's words, as far as it is known."""
    if isinstance(fault, aiohttp.ClientConnectorError):
        fault = (
            fault.certificate_error if isinstance(fault, aiohttp.ClientConnectorCertificateError) else fault.os_error
        )
    host, port = settings.address
    place = f"{host}:{port}"
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"the certificate of {place} is not trusted: {fault.verify_message}"
    if isinstance(fault, ssl.SSLError):
        return f"TLS with {place} failed: {_of_tls(fault)}"
    if isinstance(fault, ConnectionResetError | BrokenPipeError):
        unnamed = settings.scheme in ("mqtts", "wss") and settings.tls.cert is None
        return unreachable(fault, host, port) + (f"; perhaps {WANTS_OURS}" if unnamed else "")
    if isinstance(fault, aiohttp.WSServerHandshakeError):
        return f"{place} answers {fault.status} instead of WebSocket"
    if isinstance(fault, FileNotFoundError | PermissionError) and fault.filename:
        return f"cannot read {fault.filename}: {fault.strerror}"
    if isinstance(fault, OSError):
        return unreachable(fault, host, port)
    return str(fault)


def _of_tls(fault: ssl.SSLError) -> str:
    """https://www.iana.org/assignments/tls-parameters (alerts), as OpenSSL names them."""
    reason = fault.reason or str(fault)
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
        return WANTS_OURS
    if "UNKNOWN_CA" in reason or "BAD_CERTIFICATE" in reason:
        return "it does not accept our certificate"
    if "WRONG_VERSION" in reason or "RECORD_LAYER" in reason or "NOT_SSL" in reason:
        return "no TLS is spoken there"
    return reason.lower().replace("_", " ")
