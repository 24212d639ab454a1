"""Names are words of the field. A name that could stand for anything is refused."""

import re

from tests.house.sources import definitions, modules, tree

# Verbs that say that something happens, and not what: a name says what is done with it.
SAYS_THAT = re.compile(r"_?(hear|note|once|beat)")
WORDS_ELSEWHERE = {
    "flowengine/script/compiled.py: note",  # a function of the scripts' own language
    "flowengine/store/jetstream/beats.py: beat",  # the heartbeat of a worker
}
# Words that were many things: each is one, with what the API or a flow calls so.
ONE_THING = {
    "Inbox": ["flowengine/runtime/inbox.py"],
    "Queue": ["flowengine/runtime/station.py", "nodes/sinks/queue.py"],
    "Place": ["web_editor/workspace/schemas.py"],
    "Plan": ["flowengine/runtime/plan.py", "web_editor/workspace/schemas.py"],
    "Rule": list[str](),
}
PACKAGES = ("flowengine", "nodes", "web_editor")
SAYS_NOTHING = re.compile(r"(^|_)(manager|managers|helper|helpers|util|utils|misc|stuff|common)(_|$)")


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [
        path for path in modules() if any(SAYS_NOTHING.search(_words(part)) for part in path.with_suffix("").parts)
    ]


def test_no_class_or_function_has_a_name_that_says_nothing() -> None:
    assert not [
        f"{path}: {name}"
        for path in modules()
        for name, node in definitions(tree(path))
        if SAYS_NOTHING.search(_words(node.name))
    ]


def test_a_function_says_what_it_does() -> None:
    found = {
        f"{path}: {node.name}"
        for path in modules()
        if path.parts[0] in PACKAGES
        for _, node in definitions(tree(path))
        if SAYS_THAT.fullmatch(node.name)
    }
    assert found == WORDS_ELSEWHERE


def test_these_words_mean_one_thing_each() -> None:
    found = {
        f"{path}: {node.name}"
        for path in modules()
        if path.parts[0] in PACKAGES
        for _, node in definitions(tree(path))
        if node.name in ONE_THING
    }
    assert found == {f"{path}: {word}" for word, paths in ONE_THING.items() for path in paths}


def test_the_rule_itself_sees_such_names() -> None:
    for name in ("ConnectionManager", "mqtt_helpers", "utils", "_StringUtil"):
        assert SAYS_NOTHING.search(_words(name)), name
    for name in ("management", "futility", "commons_area_temp_c2"):
        assert not SAYS_NOTHING.search(_words(name)), name
