"""Writes a node to start from (`./dev new-node KIND/NAME`): file, test, French words and page, in the house's form."""

import re
import subprocess
import sys
from pathlib import Path

NODE = '''"""`{name}`: say in one line what it does."""

{imports}


class {title}Config(Config):
    """Settings of `{name}`."""

    {field}
    """Say what this setting does, with its unit."""


class {title}({base}):
    """Say what a flow gets from this node."""

    config: {title}Config
    {examples}

{body}'''

KINDS = {
    "transforms": {
        "base": "Transform",
        "imports": "from collections.abc import Sequence\n\n"
        "from flowengine import Config, Example, Message, Messages, Transform",
        "field": "factor: float = 2.0",
        "examples": 'examples = (Example("Double each value", "factor: 2", given=[1.5], gives=[3.0]),)',
        "body": """    def process(self, messages: Messages) -> Sequence[Message]:
        factor = self.config.factor
        return [message.with_payload(message.payload * factor) for message in messages]
""",
    },
    "stateful": {
        "base": "Stateful",
        "imports": "from typing import Any\n\n"
        "from flowengine import Config, Emit, Example, Message, Messages, Stateful",
        "field": "changed_only: bool = True",
        "examples": 'examples = (Example("Each change", "changed_only: true", given=[1, 1, 2], gives=[1, 2]),)',
        "body": """    def start(self) -> None:
        self._last: Any = None

    def process(self, messages: Messages, now_s: float) -> Emit:
        out = list[Message]()
        for message in messages:
            if message.payload != self._last or not self.config.changed_only:
                out.append(message)
            self._last = message.payload
        return Emit(out)

    def snapshot(self, now_s: float) -> Any:
        return self._last

    def restore(self, state: Any, now_s: float) -> None:
        self._last = state
""",
    },
    "sources": {
        "base": "Source",
        "imports": "import asyncio\n\nfrom flowengine import Config, Duration, Example, Message, Outlet, Source",
        "field": "every: Duration = 1.0",
        "examples": 'examples = (Example("Count once a second", "every: 1s"),)',
        "body": """    async def run(self, emit: Outlet) -> None:
        count = 0
        while True:
            count += 1
            await emit(Message(count))
            await asyncio.sleep(self.config.every)
""",
    },
    "sinks": {
        "base": "Sink",
        "imports": "from flowengine import Config, Example, Messages, Sink",
        "field": 'prefix: str = ""',
        "examples": 'examples = (Example("Show values", "{prefix: \'value: \'}"),)',
        "body": """    async def write(self, messages: Messages) -> None:
        for message in messages:
            self.context.log.info("%s%r", self.config.prefix, message.payload)
""",
    },
}

TESTS = {
    "transforms": """    node = make({title}, "factor: 3")
    assert payloads(node.process(messages([1.5, 2]))) == [4.5, 6]
""",
    "stateful": """    node = make({title}, "changed_only: true")
    assert payloads(node.process(messages([1, 1, 2]), 0.0).messages) == [1, 2]
""",
    "sources": """    node = make({title}, "every: 10ms")
    assert node.config.every == 0.01
""",
    "sinks": """    node = make({title}, "prefix: 'value: '")
    assert node.config.prefix == "value: "
""",
}

FRENCH = """{name}:
  title: {title}
  help: Dire ce qu’un flux gagne avec ce nœud.
  options:
    {option}: {label} | Dire ce que fait ce réglage, avec son unité.
"""
DRAWN = {"sources": "hand", "transforms": "pen", "stateful": "stack", "sinks": "letter"}
ICONS = "web_editor/ui/src/parts/typeIcons.ts"
LABELS = {"transforms": "Facteur", "stateful": "Changements seulement", "sources": "Période", "sinks": "Préfixe"}

NEXT = """next:
  1. say what it does: the docstrings in {node} are its help in editor and docs
  2. say it in French: the last entry of {words}; an option of several words has its English in
     nodes/locale/en/labels.yaml
  3. let its test say it: {test}
  4. let it look like what it does in the editor: its last row in {icons}
  5. ./dev docs, then ./dev test tests/nodes tests/house -k '{name} or translations or generated or icons'
  6. a line in CHANGELOG.md, and git add what is new"""

TEST = '''"""`{name}` does what its page says."""

from flowengine.testing import {used}
from nodes.{kind}.{name} import {title}


def test_{name}_does_what_its_page_says() -> None:
{body}'''


def _test_text(kind: str, name: str, title: str) -> str:
    body = TESTS[kind].format(title=title)
    used = "make, messages, payloads" if "payloads" in body else "make"
    return TEST.format(name=name, title=title, kind=kind, used=used, body=body)


def write_node(root: Path, kind: str, name: str) -> list[Path]:
    """The files written: node, test, French words. Raises `ValueError` for a bad name or a file that exists."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is not one of {', '.join(KINDS)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
        raise ValueError(f"{name!r} is not a type name: small letters, digits and _")
    title = "".join(part.capitalize() for part in name.split("_"))
    files = {
        root / f"nodes/{kind}/{name}.py": NODE.format(name=name, title=title, **KINDS[kind]),
        root / f"tests/nodes/{kind}/test_{name}.py": _test_text(kind, name, title),
    }
    for path in files:
        if path.exists():
            raise ValueError(f"{path} exists already")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    words = root / f"nodes/locale/fr/{kind}.yaml"
    words.parent.mkdir(parents=True, exist_ok=True)
    option = KINDS[kind]["field"].partition(":")[0]
    with words.open("a", encoding="utf-8") as file:
        file.write(FRENCH.format(name=name, title=title, option=option, label=LABELS[kind]))
    _draw(root / ICONS, kind, name)
    return [*files, words]


def _draw(table: Path, kind: str, name: str) -> None:
    """The editor's drawing of the type: that of its kind."""
    before, start, rest = table.read_text(encoding="utf-8").partition("const BY_TYPE")
    rows, end, after = rest.partition("\n};")
    table.write_text(f'{before}{start}{rows}\n  {name}: "{DRAWN[kind]}",{end}{after}', encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Exit code of the command line: 0 written, 2 refused."""
    kind, _, name = arguments[0].rpartition("/")
    try:
        written = write_node(Path.cwd(), kind or "transforms", name)
    except ValueError as refused:
        print(f"new-node: {refused}", file=sys.stderr)
        return 2
    subprocess.run([sys.executable, "-m", "flowengine", "docs", "docs"], check=True, stdout=subprocess.DEVNULL)
    node, test, words = (path.relative_to(Path.cwd()) for path in written)
    print("written:", *(path.relative_to(Path.cwd()) for path in written), f"docs/nodes/{name}.md", sep="\n  ")
    print(NEXT.format(node=node, test=test, words=words, icons=ICONS, name=name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
