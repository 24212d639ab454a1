"""flowengine/secrets.py: flows get the secrets that the machine's owner lists, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine import cli
from flowengine.engine import Engine
from flowengine.secrets import SecretStore

FLOW = """flow: f
connections:
  b: {type: mqtt, url: 'mqtt://127.0.0.1', username: me, password: '${secret:NAME}'}
nodes:
  in: {type: mqtt_in, connection: b, topic: a, to: out}
  out: {type: log}
"""


@pytest.mark.parametrize(
    ("allowed", "name", "is_there"),
    [
        (None, "db", True), ([], "db", False), (["db"], "db", True), (["db"], "db-root", False),
        (["plant-*"], "plant-mqtt", True), (["plant-*"], "db", False), (["plant-*", "db"], "db", True),
    ],
)  # fmt: skip
def test_only_listed_secrets_are_there(allowed: list[str] | None, name: str, is_there: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text("hunter2-in-a-file\n")
    (tmp_path / name).chmod(0o600)
    variable = "FLOWENGINE_SECRET_" + name.upper().replace("-", "_")
    for store in (SecretStore({}, tmp_path, allowed), SecretStore({variable: "hunter2-in-a-file"}, None, allowed)):
        assert store.get(name) == ("hunter2-in-a-file" if is_there else None)


@pytest.mark.parametrize(("fault", "status"), [(RuntimeError, 1), (SystemExit, 2)])
def test_what_a_command_raises_holds_no_secret(
    fault: type[BaseException],
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = "kV9-xQ2m-7731-qq"
    monkeypatch.setenv("FLOWENGINE_SECRET_PLANT", secret)
    file = tmp_path / "f.yaml"
    file.write_text(FLOW.replace("NAME", "plant"))
    load = Engine.load_file

    def broken(self: Engine, path: Path) -> object:
        load(self, path)
        raise fault(f"no such host: {secret} {secret[:7]} {secret.upper()}")

    monkeypatch.setattr(Engine, "load_file", broken)
    ended: object = ""
    try:
        assert cli.main(["check", "--data", str(tmp_path / "data"), str(file)]) == status
    except SystemExit as end:
        ended = end.code
    assert "no such host: ••• ••• •••" in f"{ended}{capsys.readouterr().err}"


@pytest.mark.parametrize(("name", "status"), [("plant-mqtt", 0), ("db", 1)])
def test_a_flow_that_names_another_secret_is_refused(
    name: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("FLOWENGINE_SECRET_PLANT_MQTT", "FLOWENGINE_SECRET_DB"):
        monkeypatch.setenv(variable, "hunter2-of-the-plant")
    file = tmp_path / "f.yaml"
    file.write_text(FLOW.replace("NAME", name))
    assert cli.main(["check", "--allow-secrets", "plant-*", "--data", str(tmp_path / "data"), str(file)]) == status
    told = capsys.readouterr()
    assert ("secret 'db' is not defined" in told.out + told.err) == (status == 1)
    assert "hunter2" not in told.out + told.err
