"""Documents: core-schema data, places, problems with places, and limits that hold against hostile text."""

import gc
import math
import random
import time

import pytest

from flowengine.flow.document import Document, Position, scalar
from tests.faults.amounts import crowding


def data(text):
    document = Document.parse(text, "f.yaml")
    assert document.problems == [], [str(p) for p in document.problems]
    return document.data


def problems(text):
    return [str(problem) for problem in Document.parse(text, "f.yaml").problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("off", "off"), ("yes", "yes"), ("No", "No"), ("y", "y"), ("true", True), ("False", False),
        ("~", None), ("null", None), ("", None), ("0o17", 15), ("017", 17), ("0x1F", 31), ("0b11", "0b11"),
        ("1_000", "1_000"), ("12:30:45", "12:30:45"), ("2001-01-01", "2001-01-01"), ("-5", -5), ("+5", 5),
        ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), (".inf", math.inf), ("-.INF", -math.inf), ("inf", "inf"),
        ("nan", "nan"), ("-", "-"), ("+", "+"), (".", "."), ("1.2.3", "1.2.3"), ("10m", "10m"), ("=", "="),
        ("٣", "٣"), ("1\n", "1\n"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema(text, value):
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_not_a_number_is_a_float():
    assert math.isnan(scalar(".nan"))


def test_explicit_core_tags_are_followed():
    assert data('a: !!str 1\nb: !!int "3"\nc: !!float 1\nd: !!bool true\ne: ! 5\nf: !!map {}\ng: !!seq []') == {
        "a": "1", "b": 3, "c": 1.0, "d": True, "e": "5", "f": {}, "g": [],
    }  # fmt: skip


@pytest.mark.parametrize("value", ["!!binary aGk=", "!!timestamp 2001-01-01", "!py/object x", "!!set {a}", "!!int x"])
def test_other_tags_are_problems(value):
    assert len(problems(f"a: {value}")) == 1


def test_aliases_and_merge_keys_are_written_out_and_own_keys_win():
    text = "x: &x {a: 1, b: [1]}\ny: &y {b: 2, c: 3}\nz:\n  a: own\n  <<: [*x, *y]\n  d: *x\n"
    document = Document.parse(text, "f.yaml")
    assert document.data["z"] == {"a": "own", "b": [1], "c": 3, "d": {"a": 1, "b": [1]}}
    document.data["z"]["b"].append(2)
    assert document.data["x"]["b"] == [1]


def test_a_quoted_merge_key_is_an_ordinary_key():
    assert data('a: {"<<": 1}') == {"a": {"<<": 1}}


def test_places_are_of_the_value_or_of_the_key():
    document = Document.parse('nodes:\n  é😀: {a: "x"}  # c\n  b:\n    c: [1, 22]\n    d: |\n      t\n\n  e:\n', "f")
    assert document.where(("nodes", "é😀", "a")) == Position(2, 11, 2, 14)
    assert document.where(("nodes", "é😀"), key=True) == Position(2, 3, 2, 5)
    assert document.where(("nodes", "b", "c", 1)) == Position(4, 12, 4, 14)
    assert document.where(("nodes", "b")) == Position(4, 5, 6, 8)
    assert document.where(("nodes", "b", "d")) == Position(5, 8, 6, 8)
    assert document.where(("nodes", "e"), key=True) == Position(8, 3, 8, 4)
    assert document.where(("nodes", "b", "nope", 3)) == document.where(("nodes", "b"))
    assert document.where(("nodes", "b", "nope"), key=True) == Position(3, 3, 3, 4)


def test_places_count_lines_of_crlf_files_and_skip_a_byte_order_mark():
    document = Document.parse(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n", "f")
    assert document.where(("b", "c")) == Position(3, 6, 3, 7)
    assert document.where(("a",), key=True) == Position(1, 1, 1, 2)


def test_places_go_through_aliases_and_merges_to_what_is_written():
    document = Document.parse("x: &x {a: 1}\ny: *x\nz: {<<: *x}\n", "f")
    assert document.where(("y",)) == Position(2, 4, 2, 6)
    assert document.where(("y", "a")) == document.where(("z", "a")) == Position(1, 11, 1, 12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nodes:\n  a: 1\n  b: 2\n  a: 3\n", "f.yaml:4:3: node a: 'a' is here twice: it is also at line 2, column 3"),
        ("1: x\n", 'f.yaml:1:1: a key is text; put it in quotes (did you mean "1"?)'),
        ("a: b: c", "f.yaml:1:5: a second `: ` in one value: quote the value"),
        ("a:\n\t- b", "f.yaml:2:1: a tab cannot indent YAML; use spaces"),
        ("a: 1\nb: x\0y", 'f.yaml:2:5: the character U+0000 cannot stand in YAML; write it as an escape in "quotes"'),
        (b"a: 1\nb: \xff", "f.yaml:2:4: byte 0xff is not UTF-8; save the file as UTF-8"),
        ("a: \ud800", 'f.yaml:1:4: the character U+D800 cannot stand in YAML; write it as an escape in "quotes"'),
        ("a: @b", "f.yaml:1:4: a value that begins with @ needs quotes"),
        ("a: *b", "f.yaml:1:4: the anchor &b is not defined above"),
        ("a: &x [*x]", "f.yaml:1:8: *x would contain itself"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: a file holds one document; remove what follows `---`"),
        ("a: 1e999", "f.yaml:1:4: the number is too large"),
        ("a: " + "9" * 5000, "f.yaml:1:4: the number is too large"),
        ("a: {<<: 3}", "f.yaml:1:9: `<<` takes a map or a list of maps"),
        ("? [a]\n: b", "f.yaml:1:3: a key is text, not a map or a list"),
        ("[" * 20_000, "f.yaml:1:33: nested deeper than 32 levels"),
    ],
)
def test_every_problem_says_where_and_what(text, expected):
    assert problems(text) == [expected]


def test_all_problems_of_readable_text_are_reported_at_once():
    assert len(problems("a: 1\na: 2\n2: 3\nb: !x 1\n")) == 3


def test_tabs_are_welcome_where_they_do_not_indent():
    assert data("a: 1\t# tab\there\n#\tc\nb: x\ty\n") == {"a": 1, "b": "x\ty"}


def test_exactly_the_allowed_size_is_read_and_one_byte_more_is_not():
    fits = "a: é\n#".encode()
    fits += b"x" * (2**20 - len(fits))
    assert data(fits) == {"a": "é"}
    assert problems(fits + b"x") == problems((fits + b"x").decode()) == ["f.yaml:1:1: larger than 1048576 bytes"]


def test_exactly_the_allowed_depth_is_read():
    assert data("[" * 32 + "]" * 32)
    assert problems("[" * 33 + "]" * 33)


def laughs(width, height):
    lines = [f"a0: &a0 [{','.join('x' * width)}]"]
    lines += [f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * width)}]" for i in range(1, height)]
    return "\n".join(lines)


HOSTILE = {
    "billion laughs": laughs(10, 12),
    "laughs by merge": "\n".join(
        ["a0: &a0 {x: [1,2,3,4,5,6,7,8]}"]
        + [f"a{i}: &a{i} {{<<: [{','.join([f'*a{i - 1}'] * 9)}], y{i}: 1}}" for i in range(1, 12)]
    ),
    "deep aliases": "a0: &a0 [1]\n" + "\n".join(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 2_000)),
    "deep merges": "a0: &a0 {x: 1}\n" + "\n".join(f"a{i}: &a{i} {{<<: *a{i - 1}}}" for i in range(1, 2_000)),
    "lists": "[" * 2**20,
    "20,000 levels": "[" * 20_000 + "]" * 20_000,
    "maps": "{a: " * 200_000,
    "dashes": "- " * 500_000,
    "questions": "? " * 500_000,
    "a flat list": "[" + "a," * 500_000 + "]",
    "anchors": "a: &a\n" * 100_000,
    "aliases": "a: &a 1\nb: [" + "*a," * 300_000 + "]",
    "colons": ":" * 2**20,
    "one tag": "!" * 2**20,
    "one anchor": "&" + "a" * 2**19,
    "quotes": '"' * 2**20,
    "comments": "a:\n" + " #\n" * 300_000,
    "directives": "%A\n" * 300_000,
    "a block scalar": "|" + "\n x" * 300_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_answered_soon(name):
    gc.disable()  # what else this process holds would be looked through again and again
    began = time.process_time()
    document = Document.parse(HOSTILE[name], "f.yaml")
    took_s = time.process_time() - began
    gc.enable()
    assert took_s < 3
    assert all(len(problem.message) < 500 for problem in document.problems)


def flow_of(nodes):
    return "nodes:\n" + "".join(
        f'  n{i}:  # comment {i}\n    type: mqtt_in\n    topic: "site/{i}"\n    qos: 1\n    to: [n{i + 1}]\n'
        for i in range(nodes)
    )


def test_5000_lines_parse_within_150_ms():
    text = flow_of(1000)
    spent = []
    for _ in range(5):
        began = time.process_time()
        Document.parse(text, "f.yaml")
        spent.append(time.process_time() - began)
    assert min(spent) < 0.15 * crowding()  # programs beside it take its caches


PIECES = [
    "a", ": ", "- ", "\n", "\n  ", "\r\n", "\t", "#", "&a ", "*a", "<<: ", "{", "}", "[", "]", ",", "|", ">+", '"', "'",
    "!!int ", "!", "%", "---", "...", "?", "\\", "\ufeff", "é😀", "\x85", "\0", "~", "1", "1e999", "0x", "nodes", "@",
]  # fmt: skip


def mangled(random_source, text):
    for _ in range(random_source.randrange(1, 6)):
        at = random_source.randrange(len(text) + 1)
        text = text[:at] + random_source.choice(PIECES) + text[at + random_source.choice([0, 0, 1, 5, 40]) :]
    return text


def test_mangled_and_random_text_never_raises_and_problems_stand_inside_the_text():
    chance = random.Random(20)
    seed_text = flow_of(8) + "x: &x {a: [1, {b: *x2}], 'c': |\n  t\n}\n"
    for number in range(3000):
        kind = number % 3
        if kind == 0:
            text = mangled(chance, seed_text)
        elif kind == 1:
            text = "".join(chance.choices(PIECES, k=chance.randrange(40)))
        else:
            text = chance.randbytes(chance.randrange(60))
        document = Document.parse(text, "f.yaml")
        for problem in document.problems:
            assert 1 <= problem.line <= document.text.count("\n") + document.text.count("\r") + 1, (text, problem)
            assert problem.column >= 1
            assert (problem.line, problem.column) <= (problem.end_line, problem.end_column)


def test_the_parser_in_python_agrees_with_the_one_in_c(monkeypatch):
    import yaml

    from flowengine.flow.document import tree

    text = "a: &x [1, {b: c}]\nd:\n  - *x\n  - |\n    t\n\n  - e:\n# end\n"
    fast = Document.parse(text, "f.yaml")
    monkeypatch.setattr(tree, "Parser", yaml.SafeLoader)
    slow = Document.parse(text, "f.yaml")
    assert fast.data == slow.data
    for path in [("a",), ("a", 1, "b"), ("d", 0), ("d", 1), ("d", 2), ("d", 2, "e")]:
        assert fast.where(path) == slow.where(path)
