"""Names are words of the field. A name that could stand for anything is refused."""

import re

from tests.house.sources import definitions, modules, tree

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


def test_the_rule_itself_sees_such_names() -> None:
    for name in ("ConnectionManager", "mqtt_helpers", "utils", "_StringUtil"):
        assert SAYS_NOTHING.search(_words(name)), name
    for name in ("management", "futility", "commons_area_temp_c2"):
        assert not SAYS_NOTHING.search(_words(name)), name
