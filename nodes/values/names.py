"""Names of fields: their case, flattening into one level and back, renaming. Values pass through untouched."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from nodes.values.work import Work

_UPPER = "A-ZÀ-ÖØ-Þ"
_BOUNDARY = re.compile(
    rf"(?<=[^\W\d_{_UPPER}])(?=[{_UPPER}])"  # heap|Free
    rf"|(?<=[{_UPPER}0-9])(?=[{_UPPER}][^\W\d_{_UPPER}])"  # HTTP|Port, temp2|Max; but DS18B20 stays whole
)
_WORD = re.compile(r"[^\W_]+")
MAX_INDEX = 10_000
"""Unflatten makes no longer list: one stray index must not cost memory."""

MAX_STEPS = 64

TOO_MANY_NAMES = "its names are too many, too long or too deep to be changed in one turn"

OF_A_MAP, OF_A_FIELD = 1_500, 100
_LEAF, _LEAF_CHARACTER, _CASE, _CASE_CHARACTER, _STEP, _STEP_CHARACTER, _PLACE = 500, 5, 1_700, 150, 1_200, 10, 100
_RENAMED, _PATTERN, _SORTED = 500, 200, 200
"""What each takes, in nanoseconds. A character of a leaf's name counts for the memory, too: each leaf has its path."""


def names_work() -> Work:
    """What the names of one payload may take together, before any is changed."""
    return Work(TOO_MANY_NAMES)


class NameClash(ValueError):
    """Two fields would get one name, and one of the values would be lost."""


def words(name: str) -> list[str]:
    """Return the words a name is made of, lowered: the same for `heapMinFreeKb` and `heap-min free_kb`."""
    return [part.lower() for run in _WORD.findall(name) for part in _BOUNDARY.split(run)]


def snake_case(name: str) -> str:
    """Return `heap_min_free_kb` for `heapMinFreeKb`."""
    return "_".join(words(name))


def kebab_case(name: str) -> str:
    """Return `heap-min-free-kb` for `heapMinFreeKb`."""
    return "-".join(words(name))


def pascal_case(name: str) -> str:
    """Return `HeapMinFreeKb` for `heap_min_free_kb`."""
    return "".join(word.capitalize() for word in words(name))


def camel_case(name: str) -> str:
    """Return `heapMinFreeKb` for `heap_min_free_kb`."""
    pascal = pascal_case(name)
    return pascal[:1].lower() + pascal[1:]


CASES: dict[str, Callable[[str], str]] = {
    name: lru_cache(4096)(case)  # devices send the same names over and over
    for name, case in (
        ("snake", snake_case), ("kebab", kebab_case), ("camel", camel_case), ("pascal", pascal_case)
    )
}  # fmt: skip


class Cased(dict[str, str]):
    """Names in one case, each made when it is first asked for. A name with no word in it (`_`, `%`) stays as it is."""

    def __init__(self, case: Callable[[str], str], work: Work):
        super().__init__()
        self._case, self.work = case, work

    def __missing__(self, name: str) -> str:
        self.work.take(_CASE + _CASE_CHARACTER * len(name))
        made = self[name] = self._case(name) or name
        return made


def with_case(value: Any, cased: Cased) -> Any:
    """Return `value` with the keys of all maps in it, at any depth, as `cased`. Raises NameClash, TooMuchWork."""
    if isinstance(value, list):
        return [with_case(each, cased) for each in value]
    if not isinstance(value, Mapping):
        return value
    cased.work.take(OF_A_MAP)
    return _unclashed((cased[key], with_case(each, cased)) for key, each in value.items())


def flatten(
    value: Any, separator: str = "_", max_depth: int = 64, lists: bool = True, work: Work | None = None
) -> dict[str, Any]:
    """Return the leaves of `value` by path: `{"a": {"b": 1}, "c": [2]}` gives `a_b` and, when `lists`, `c[0]`.

    What lies deeper than `max_depth` keys, a list where `lists` is false, and an empty map or list is a leaf as it is.
    A `value` that is a leaf itself has the path "". Raises NameClash, TooMuchWork.
    """
    leaves = _leaves("", value, separator, max_depth, lists)
    return _unclashed(_paid(leaves, work or names_work(), _LEAF, _LEAF_CHARACTER))


def unflatten(fields: Mapping[str, Any], separator: str = "_", lists: bool = True, work: Work | None = None) -> Any:
    """Return the nested value whose leaves `fields` are; the inverse of flatten where no key holds the separator or [.

    A list's missing places are None. Raises NameClash where one path is both a leaf and a branch, or both a map and a
    list, ValueError for an index above MAX_INDEX or a path of more than MAX_STEPS, TooMuchWork.
    """
    root: dict[str, Any] = {}
    work = work or names_work()
    for path, value in _paid(fields.items(), work, _STEP, _STEP_CHARACTER):
        if (separators := path.count(separator)) > MAX_STEPS:
            raise ValueError(f"a path has at most {MAX_STEPS} steps, not {separators + 1}")
        work.take(_STEP * (separators + path.count("[")))
        *branch, last = _steps(path, separator, lists)
        if len(branch) >= MAX_STEPS:
            raise ValueError(f"a path has at most {MAX_STEPS} steps, not {len(branch) + 1}")
        here: dict[Any, Any] = root
        for step in branch:
            here = here.setdefault(step, _Branch())
            if not isinstance(here, _Branch):
                raise NameClash(f"{path!r} goes through a field that has a value")
        if last in here:
            raise NameClash(f"{path!r} is both a field and a branch")
        here[last] = value
    return root[""] if set(root) == {""} and not isinstance(root[""], _Branch) else _built(_Branch(root), work)


def rename(fields: Mapping[str, Any], names: Mapping[str, str], work: Work | None = None) -> dict[str, Any]:
    """Return `fields` under the names given; others keep theirs. `memory_*: "*"` renames all that begin so.

    An exact name goes before a pattern, a longer pattern before a shorter one. Raises NameClash, TooMuchWork.
    """
    patterns = sorted((old for old in names if old.endswith("*")), key=len, reverse=True)
    (work or names_work()).take((_RENAMED + _PATTERN * len(patterns)) * len(fields) + _SORTED * len(names))

    def renamed(name: str) -> str:
        if name in names:
            return names[name]
        for pattern in patterns:
            if name.startswith(pattern[:-1]):
                return names[pattern].replace("*", name[len(pattern) - 1 :])
        return name

    return _unclashed((renamed(name), value) for name, value in fields.items())


class _Branch(dict[Any, Any]):
    """A map or list under construction: a leaf that is a dict is none."""


def _unclashed(fields: Iterator[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in fields:
        if name in result:
            raise NameClash(f"two fields would be called {name!r}")
        result[name] = value
    return result


def _paid(fields: Iterable[tuple[str, Any]], work: Work, each: int, character: int) -> Iterator[tuple[str, Any]]:
    for name, value in fields:
        work.take(each + character * len(name))
        yield name, value


def _leaves(path: str, value: Any, separator: str, depth: int, lists: bool) -> Iterator[tuple[str, Any]]:
    if depth and value and isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(f"{path}{separator}{key}" if path else str(key), each, separator, depth - 1, lists)
    elif depth and value and lists and isinstance(value, list):
        for index, each in enumerate(value):
            yield from _leaves(f"{path}[{index}]", each, separator, depth - 1, lists)
    else:
        yield path, value


def _steps(path: str, separator: str, lists: bool) -> list[str | int]:
    steps: list[str | int] = []
    for part in path.split(separator):
        indexed = re.fullmatch(r"([^\[\]]*)((?:\[\d{1,9}\])+)", part) if lists else None
        if indexed is None:
            steps.append(part)
            continue
        if indexed[1] or steps:
            steps.append(indexed[1])
        steps += [int(index) for index in re.findall(r"\d+", indexed[2])]
    return steps


def _built(value: Any, work: Work) -> Any:
    if not isinstance(value, _Branch):
        return value
    if not any(isinstance(key, int) for key in value):
        return {key: _built(each, work) for key, each in value.items()}
    if not all(isinstance(key, int) for key in value):
        raise NameClash(f"these are both a map and a list: {', '.join(map(repr, value))}")
    if (last := max(value)) > MAX_INDEX:
        raise ValueError(f"an index is at most {MAX_INDEX}, not {last}")
    work.take(_PLACE * last)
    return [_built(value.get(index), work) for index in range(last + 1)]
