"""The image: two stages, no root, a read-only root but for its volume, a health check, a base that is named exactly."""

import json
import re

from ship.container import stages, texts
from tests.house.sources import ROOT

BUILD, FINAL = stages(ROOT / "Containerfile")


def test_both_stages_stand_on_the_same_base_of_a_named_version() -> None:
    [[first], [second]] = texts(BUILD, "FROM"), texts(FINAL, "FROM")
    assert first == f"{second} AS build"
    assert re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-[a-z]+", second)


def test_the_final_stage_runs_nothing_and_is_not_root() -> None:
    assert texts(FINAL, "RUN") == []
    [user] = texts(FINAL, "USER")
    assert all(int(part) >= 1000 for part in user.split(":"))
    assert [part for part in texts(FINAL, "COPY") if not part.startswith("--from=build")] == []


def test_data_is_a_volume_and_the_command_writes_nowhere_else() -> None:
    command = json.loads(texts(FINAL, "CMD")[0])
    assert texts(FINAL, "VOLUME") == ["/data"] == [command[command.index("--data") + 1]]
    assert json.loads(texts(FINAL, "ENTRYPOINT")[0]) == ["flowengine"]


def test_health_is_asked_where_the_command_listens() -> None:
    [check], [port] = texts(FINAL, "HEALTHCHECK"), texts(FINAL, "EXPOSE")
    asked = json.loads(check.partition("CMD ")[2])
    assert f"http://127.0.0.1:{port}/healthz" in asked[-1]
    assert f"0.0.0.0:{port}" in json.loads(texts(FINAL, "CMD")[0])
