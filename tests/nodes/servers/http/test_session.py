"""Sessions by JSON Web Tokens: the example of RFC 7515, and everything that must not pass."""

from __future__ import annotations

import base64
from typing import Any

import aiohttp
import msgspec
import pytest

from flowengine.config import SecretText
from nodes.servers.http.session import SessionRule, claims, session_fault, token_for
from tests.nodes.conftest import StartEngine
from tests.waiting import until

KEY = "a key that is long enough for sha-256"


def test_a_token_says_who_asks() -> None:
    assert claims(KEY, token_for(KEY, sub="7", role="student", exp=10), 9.9) == {
        "sub": "7",
        "role": "student",
        "exp": 10,
    }


def test_the_signature_is_that_of_the_rfc() -> None:
    """RFC 7519, 3.1: header, claims and the signature with the key of RFC 7515, A.1."""
    token = (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
        ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
    )
    assert claims("your-256-bit-secret", token, 0) == {"sub": "1234567890", "name": "John Doe", "iat": 1516239022}


def _unsigned(**header: Any) -> str:
    parts = (msgspec.json.encode(each) for each in (header, {"sub": "1"}))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


@pytest.mark.parametrize(
    "token",
    [
        "", "a.b", "a.b.c", "…", token_for("another key", sub="1"), token_for(KEY, sub=1), token_for(KEY, role="s"),
        token_for(KEY, sub="1", exp=10), token_for(KEY, sub="1", nbf=11), token_for(KEY, sub="1", exp="never"),
        _unsigned(alg="none"), _unsigned(alg="HS256"), token_for(KEY, sub="1")[:-2], token_for(KEY, sub="x" * 5000),
    ],
)  # fmt: skip
def test_what_is_not_ours_or_is_over_is_nobody(token: str) -> None:
    assert claims(KEY, token, 10) is None


def test_a_short_key_is_a_fault() -> None:
    assert "32 bytes" in session_fault(SessionRule(secret=SecretText("short")))
    assert session_fault(None) == session_fault(SessionRule(secret=SecretText(KEY))) == ""


async def test_a_route_knows_who_asks_and_refuses_others(start_engine: StartEngine) -> None:
    running = await start_engine(
        f"""
flow: f
nodes:
  in: {{type: http_in, path: /in, session: {{secret: "{KEY}", roles: [teacher]}}, to: got}}
  got: {{type: collect}}
"""
    )
    await until(lambda: running.engine.http._routes)

    async def status(token: str) -> int:
        async with http.post("/in", data=b"1", headers={"Authorization": f"Bearer {token}"}) as answer:
            return answer.status

    async with aiohttp.ClientSession(running.url) as http:
        assert await status("") == 401
        assert await status(token_for(KEY, sub="1", role="student")) == 403
        assert await status(token_for(KEY, sub="9", role="teacher")) == 204
    [message] = running.kept
    assert message.meta["session"] == {"sub": "9", "role": "teacher"}
