"""Two people's changes of one flow become one text; where both changed the same thing, nobody is overwritten."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from web_editor.problems import Fault
from web_editor.workspace.merge import merge

BASE = """\
# the hall
flow: hall
nodes:
  a: {type: log, level: info}  # kept
  b: {type: log}
"""


def test_what_only_one_side_changed_is_taken_with_the_comments_of_the_other() -> None:
    mine = BASE.replace("level: info", "level: debug")
    theirs = BASE.replace("# the hall", "# the large hall").replace("b: {type: log}", "b: {type: log}  # theirs")
    merged = merge(BASE, mine, theirs)
    assert merged.clean and merged.text == theirs.replace("level: info", "level: debug")


def test_what_both_changed_is_a_conflict_that_shows_all_three() -> None:
    merged = merge(BASE, BASE.replace("info", "debug"), BASE.replace("info", "error"))
    [conflict] = merged.conflicts
    assert not merged.clean and conflict.path == ["nodes", "a"]
    assert [yaml.safe_load(text or "")["a"]["level"] for text in (conflict.base, conflict.mine, conflict.theirs)] == [
        "info",
        "debug",
        "error",
    ]


def test_the_same_change_of_both_is_none() -> None:
    both = BASE.replace("info", "debug")
    assert merge(BASE, both, both.replace("# the hall", "# hall")).clean


def test_a_node_that_one_side_took_away_and_the_other_changed_is_a_conflict() -> None:
    without = BASE.replace("  b: {type: log}\n", "")
    [conflict] = merge(BASE, without, BASE.replace("b: {type: log}", "b: {type: log, level: debug}")).conflicts
    assert conflict.path == ["nodes", "b"] and conflict.mine is None


def test_true_and_one_are_different_values() -> None:
    base = "flow: f\nvars: {a: 1}\n"
    assert "true" in merge(base, base.replace("1", "true"), base + "# more\n").text


def test_a_text_that_is_no_map_is_refused() -> None:
    with pytest.raises(Fault, match="mine is not a map"):
        merge(BASE, "- 1", BASE + "# x")


values = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), min_size=1)


@given(values, values, values)
def test_a_clean_merge_holds_every_change_of_both(
    base: dict[str, int], mine: dict[str, int], theirs: dict[str, int]
) -> None:
    texts = [yaml.safe_dump({"flow": "f", "vars": each}) for each in (base, mine, theirs)]
    merged = merge(texts[0], texts[1], texts[2])
    if not merged.clean:
        return
    found = yaml.safe_load(merged.text)["vars"] or {}
    for key in "abcd":
        changed = mine if mine.get(key) != base.get(key) else theirs
        assert found.get(key) == changed.get(key)
