"""Flows name only files below the roots that the machine's owner lists, and never the engine's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from flowengine.catalog import installed
from flowengine.config import Config, HostFile
from flowengine.flow.host_files import HostFiles
from flowengine.flow.load import load

TEXT = """flow: f
connections:
  c: {CONNECTION}
nodes:
  i: {type: inject, every: 1h, payload: 1, to: n}
  n: {NODE}
"""


class NoSecrets:
    def get(self, name: str) -> str | None:
        return None


@pytest.fixture
def files(tmp_path: Path) -> HostFiles:
    for name in ("data/connections", "flows", "import", "secrets"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "import" / "away").symlink_to("/etc")
    (tmp_path / "import" / "home").symlink_to(tmp_path / "data")
    return HostFiles(tmp_path / "data", [tmp_path / "flows", tmp_path / "import"], [tmp_path / "secrets"])


def refused(
    files: HostFiles, tmp_path: Path, node: str = "type: log", connection: str = "type: mqtt, url: 'mqtt://h'"
) -> list[str]:
    text = TEXT.replace("NODE", node).replace("CONNECTION", connection).replace("TMP", str(tmp_path))
    problems = load(text, "f.yaml", installed(), {}, NoSecrets(), files=files).problems
    return [f"{'.'.join(map(str, p.path[2:]))}: {p.message}" for p in problems if p.severity == "error"]


@pytest.mark.parametrize(
    ("node", "option"),
    [
        ("type: archive, root: /etc, name: x", "root"),
        ("type: archive, root: TMP/import, into: /etc, name: x", "into"),
        ("type: prune, root: TMP/import/away, paths: ['*'], older_than: 1d", "root"),
        ("type: file_out, root: TMP/data, path: accounts.db", "root"),
        ("type: file_out, root: TMP, path: data/accounts.db", "root"),
        ("type: file_out, root: TMP/import/home, path: accounts.db", "root"),
        ("type: file_out, root: TMP/secrets, path: x", "root"),
        ("type: file_out, root: TMP/import/../data/flows/other, path: x", "root"),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_the_flows_is_refused(node: str, option: str, files: HostFiles, tmp_path: Path) -> None:
    found = refused(files, tmp_path, node)
    assert [each.partition(":")[0] for each in found] == [option]


def test_a_source_cannot_read_the_process(files: HostFiles, tmp_path: Path) -> None:
    text = "flow: f\nnodes:\n  n: {type: file_in, root: /proc/self, path: environ}\n"
    [problem] = [
        p for p in load(text, "f", installed(), {}, NoSecrets(), files=files).problems if p.severity == "error"
    ]
    assert "--allow-files" in problem.message


@pytest.mark.parametrize(
    "url",
    ["sqlite:///TMP/data/accounts.db", "sqlite:///../accounts.db", "sqlite:////etc/x.db", "sqlite:///../../secrets/x"],
)
def test_a_database_is_never_the_engines_own(url: str, files: HostFiles, tmp_path: Path) -> None:
    found = refused(files, tmp_path, connection=f"type: sql, url: '{url}'")
    assert [each.partition(":")[0] for each in found] == ["url"]


@pytest.mark.parametrize(
    "connection",
    [
        "type: sql, url: 'sqlite:///history.db'", "type: sql, url: 'sqlite:///TMP/import/h.db'",
        "type: sql, url: 'postgresql://h/d'", "type: mqtt, url: 'mqtts://h', tls: {ca: TMP/flows/ca.pem}",
    ],
)  # fmt: skip
def test_what_lies_below_a_root_is_allowed(connection: str, files: HostFiles, tmp_path: Path) -> None:
    assert refused(files, tmp_path, connection=connection) == []
    assert refused(files, tmp_path, "type: file_out, root: TMP/import/new, path: x") == []


@pytest.mark.parametrize(
    ("connection", "option"),
    [
        ("type: mqtt, url: 'mqtts://h', tls: {key: /etc/ssl/private/x.key}", "tls.key"),
        ("type: nats, url: 'tls://h:4222', tls: {ca: /etc/shadow}", "tls.ca"),
        ("type: nats, url: 'nats://h:4222', credentials: /root/.nats/me.creds", "credentials"),
        ("type: tcp, connect: 'h:1', tls: {cert: TMP/data/tls.pem}", "tls.cert"),
        ("type: opcua, url: 'opc.tcp://h:4840', cert: /etc/ssl/c.der", "cert"),
        ("type: opcua, url: 'opc.tcp://h:4840', cert: TMP/import/c.der, key: TMP/secrets/k.pem", "key"),
    ],
)  # fmt: skip
def test_a_certificate_elsewhere_is_refused(connection: str, option: str, files: HostFiles, tmp_path: Path) -> None:
    found = refused(files, tmp_path, connection=connection)
    assert [each.partition(":")[0] for each in found] == [option]


@pytest.mark.parametrize("node", ["tcp_in, connect: 'h:1'", "tcp_out, connect: 'h:1'"])
def test_a_certificate_of_a_node_elsewhere_is_refused(node: str, files: HostFiles, tmp_path: Path) -> None:
    text = f"flow: f\nnodes:\n  n: {{type: {node}, tls: {{ca: /etc/shadow}}}}\n"
    problems = load(text, "f.yaml", installed(), {}, NoSecrets(), files=files).problems
    [fault] = [each for each in problems if "--allow-files" in each.message]
    assert fault.path == ("nodes", "n", "tls", "ca")


def test_every_option_that_names_a_certificate_or_a_root_is_judged() -> None:
    catalog = installed()
    configs = [catalog.node(name).config_type() for name in catalog.node_types()]
    configs += [catalog.connection(name).config_type() for name in catalog.connection_types()]
    unjudged = []
    for config in {part for each in configs for part in _parts(each)}:
        for option in config.model_fields.keys() & {"ca", "cert", "root", "credentials"}:
            made = config.model_construct(None, **dict.fromkeys(config.model_fields, "") | {option: "x"})
            if not any(file.option == (option,) for file in made.host_files()):
                unjudged.append(f"{config.__name__}.{option}")
    assert unjudged == []


def _parts(config: type[Config]) -> Iterator[type[Config]]:
    """The settings and those within them."""
    yield config
    for field in config.model_fields.values():
        for each in (field.annotation, *get_args(field.annotation)):
            if isinstance(each, type) and issubclass(each, Config):
                yield from _parts(each)


def test_a_link_that_takes_the_place_of_a_root_allows_nothing_else(files: HostFiles, tmp_path: Path) -> None:
    (tmp_path / "import" / "away").unlink()
    (tmp_path / "import" / "home").unlink()
    (tmp_path / "import").rmdir()
    (tmp_path / "import").symlink_to("/etc")
    told = refused(files, tmp_path, "type: file_out, root: TMP/import, path: hostname")
    assert len(told) == 1 and "--allow-files" in told[0]


def test_the_refusal_says_what_would_allow_it(tmp_path: Path) -> None:
    assert "--allow-files /etc would allow it" in HostFiles(tmp_path).judged(HostFile(("root",), "/etc"))[1]
    assert "--allow-files /etc would allow it" in HostFiles(tmp_path).judged(HostFile(("key",), "/etc/passwd"))[1]


@pytest.mark.parametrize(
    ("node", "option"),
    [
        ("type: file_out, path: x, root", "root"), ("type: file_in, path: x, root", "root"),
        ("type: archive, name: x, root: TMP/import, into", "into"),
        ("type: prune, paths: ['*'], older_than: 1d, root", "root"),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_there_yet_is_suggested_and_not_the_one_above(
    node: str, option: str, files: HostFiles, tmp_path: Path
) -> None:
    [told] = [each for each in refused(files, tmp_path, f"{node}: /srv/plant/new") if each.startswith(option)]
    assert "--allow-files /srv/plant/new would allow it" in told


def test_a_file_that_the_environment_names_is_refused_by_its_reference_and_not_by_its_name(tmp_path: Path) -> None:
    broker = "{type: mqtt, url: 'mqtts://h', tls: {ca: '${CA}'}}"
    text = f"flow: f\nconnections: {{b: {broker}}}\nnodes: {{n: {{type: inject}}}}\n"
    loaded = load(text, "f", installed(), {"CA": "/etc/hidden/ca.pem"}, NoSecrets(), files=HostFiles(tmp_path))
    [problem] = [problem for problem in loaded.problems if problem.severity == "error"]
    assert "'${CA}' stands for is no file" in problem.message and "--allow-files" in problem.message
    assert "hidden" not in str(problem)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (f"root: TMP/import/{'n' * 300}, path: x", "too long"),
        (f"root: TMP/import/{'n/' * 2500}, path: x", "too long"),
        ('root: "TMP/import/a\\0b", path: x', "NUL"),
        ("root: TMP/import/plain, path: x", "no folder"),
        ("root: TMP/import/plain/below, path: x", "no folder"),
    ],
)
def test_a_path_that_can_be_no_file_is_told_by_the_check(
    option: str, said: str, files: HostFiles, tmp_path: Path
) -> None:
    (tmp_path / "import" / "plain").touch()
    [found] = refused(files, tmp_path, f"type: file_out, {option}")
    assert said in found


def of_source(files: HostFiles, tmp_path: Path, settings: str) -> list[str]:
    """What is wrong with the files of a `file_in`; that something is wired to it is another fault."""
    found = refused(files, tmp_path, f"type: file_in, {settings}")
    return [each for each in found if each.startswith(("root: ", "path: "))]


@pytest.mark.parametrize(("path", "said"), [("folder", "is a folder"), ("pipe", "is a pipe"), ("plain/x", "no folder")])
def test_a_file_to_read_that_is_none_is_told_by_the_check(
    path: str, said: str, files: HostFiles, tmp_path: Path
) -> None:
    (tmp_path / "import" / "folder").mkdir()
    (tmp_path / "import" / "plain").touch()
    os.mkfifo(tmp_path / "import" / "pipe")
    [found] = of_source(files, tmp_path, f"root: TMP/import, path: {path}")
    assert found.startswith("path: ") and said in found
    assert not of_source(files, tmp_path, "root: TMP/import, path: later.csv")


def test_a_folder_that_is_refused_is_told_once(files: HostFiles, tmp_path: Path) -> None:
    assert len(of_source(files, tmp_path, "root: /etc, path: passwd")) == 1


def test_a_database_that_is_a_folder_is_told_by_the_check(files: HostFiles, tmp_path: Path) -> None:
    [found] = refused(files, tmp_path, connection="type: sql, url: 'sqlite:///TMP/import'")
    assert "is a folder" in found
