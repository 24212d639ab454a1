"""Who asks is said by a token, else by name and password, else by nothing."""

import pytest

from flowengine.config import Secret
from nodes.clients.http.credentials import authorization


@pytest.mark.parametrize(
    ("token", "username", "password", "said"),
    [
        ("abc", "me", "x", {"Authorization": "Bearer abc"}),
        (None, "Aladdin", "open sesame", {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}),  # RFC 7617, 2
        (None, "test", "123£", {"Authorization": "Basic dGVzdDoxMjPCow=="}),  # the same, 2.1
        (None, "me", None, {"Authorization": "Basic bWU6"}),
        (None, "", "x", {}),
    ],
)
def test_the_header_says_who_asks(token: str | None, username: str, password: str | None, said: dict[str, str]) -> None:
    given = [None if each is None else Secret(each) for each in (token, password)]
    assert authorization("Bearer", given[0], username, given[1]) == said
