"""nodes/servers/http/signature.py against a signature that a service documents."""

import base64

import pytest

from nodes.servers.http.signature import Signature, is_signed

BODY = b"Hello, World!"
SECRET = "It's a Secret to Everybody"
HEX = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
RULE = Signature.model_validate({"header": "X-Hub-Signature-256", "secret": SECRET, "prefix": "sha256="})


def test_the_documented_signature_fits():
    assert is_signed(RULE, {"X-Hub-Signature-256": f"sha256={HEX}"}, BODY)
    assert is_signed(RULE, {"X-Hub-Signature-256": f"sha256={HEX.upper()}"}, BODY)


@pytest.mark.parametrize("given", ["", HEX, f"sha256={HEX[:-1]}0", f"sha1={HEX}", "sha256=", "sha256=ä"])
def test_others_do_not(given):
    assert not is_signed(RULE, {"X-Hub-Signature-256": given}, BODY)


def test_a_changed_body_does_not_fit():
    assert not is_signed(RULE, {"X-Hub-Signature-256": f"sha256={HEX}"}, BODY + b" ")


def test_base64_is_read_too():
    rule = RULE.model_copy(update={"encoding": "base64", "prefix": ""})
    assert is_signed(rule, {"X-Hub-Signature-256": base64.b64encode(bytes.fromhex(HEX)).decode()}, BODY)


def test_the_key_never_shows_itself():
    assert "Everybody" not in repr(RULE)
