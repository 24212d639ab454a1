"""What a request carries is taken in its shape; what is wrong with it is said in few words, and never what it holds."""

import json

import pytest

from web_editor.api.session import LogIn
from web_editor.problems import Fault
from web_editor.routing import decoded


def test_an_unknown_key_is_named_but_not_repeated_whole() -> None:
    with pytest.raises(Fault) as refused:
        decoded(json.dumps({"name": "a", "password": "b" * 12, "k" * 2**20: 1}).encode(), LogIn)
    assert "unknown field `kkk" in str(refused.value) and len(str(refused.value)) < 300


def test_a_body_does_not_show_the_password_that_it_holds() -> None:
    body = decoded(b'{"name": "me", "password": "correct horse battery"}', LogIn)
    assert "horse" not in repr(body)
