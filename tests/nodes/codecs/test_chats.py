"""Texts as each kind of chat takes them."""

import pytest

from nodes.codecs.chats import CHATS, fault_of_address


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("slack", {"text": "hot"}),
        ("mattermost", {"text": "hot", "channel": "r"}),
        ("discord", {"content": "hot", "allowed_mentions": {"parse": []}}),
        ("telegram", {"chat_id": "r", "text": "hot"}),
        ("ntfy", {"topic": "r", "message": "hot"}),
    ],
)
def test_a_text_is_what_the_chat_takes(name: str, body: dict[str, object]) -> None:
    assert CHATS[name].body("hot", "r") == body


def test_teams_gets_a_card_with_its_lines_apart() -> None:
    [attached] = CHATS["teams"].body("a\nb", "")["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attached["content"]["body"] == [{"type": "TextBlock", "text": "a\n\nb", "wrap": True}]


@pytest.mark.parametrize(
    ("name", "most", "encoding"),
    [("telegram", 4096 * 2, "utf-16-le"), ("discord", 2000 * 2, "utf-16-le"), ("ntfy", 4096, "utf-8")],
)
@pytest.mark.parametrize("letter", ["a", "é", "𝄞"])
def test_a_text_beyond_the_limit_is_cut_and_one_below_it_is_not(
    name: str, most: int, encoding: str, letter: str
) -> None:
    chat, whole = CHATS[name], letter * (most // len(letter.encode(encoding)))
    assert chat.cut(whole) == whole
    cut = chat.cut(whole + letter * 10)
    assert cut.endswith("…") and set(cut[:-1]) == {letter}
    assert most - 8 < len(cut.encode(encoding)) <= most


def test_what_fills_a_text_calls_nobody_and_is_no_link() -> None:
    assert CHATS["slack"].plain("<!channel> & <http://x|y>") == "&lt;!channel&gt; &amp; &lt;http://x|y&gt;"
    assert CHATS["mattermost"].plain("@all @here @allan a@b.org <!channel>") == (
        "@\u200ball @\u200bhere @allan a@b.org &lt;!channel&gt;"
    )
    assert CHATS["telegram"].plain("<b>") == "<b>"


@pytest.mark.parametrize(
    ("name", "url", "words"),
    [
        ("ntfy", "https://ntfy.sh/hall_2", "leave the path out"),
        ("telegram", "https://api.telegram.org/bot123:abc", "/sendMessage"),
        ("ntfy", "https://ntfy.sh/", ""),
        ("telegram", "https://api.telegram.org/bot123:abc/sendMessage", ""),
        ("slack", "https://hooks.slack.com/services/x", ""),
    ],
)
def test_an_address_that_takes_no_message_is_told_without_it(name: str, url: str, words: str) -> None:
    fault = fault_of_address(name, url)
    assert (words in fault) if words else not fault
    assert "123:abc" not in fault and "hall_2" not in fault
