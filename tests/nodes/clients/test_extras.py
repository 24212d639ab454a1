"""What a flow needs and this machine lacks is said with what brings it."""

import tomllib

import pytest

from nodes.clients import extras
from nodes.clients.extras import Extra
from tests.house.sources import ROOT

ALL = [each for each in vars(extras).values() if isinstance(each, Extra)]


def test_an_extra_that_is_there_lacks_nothing() -> None:
    assert [(each.name, each.fault, each.lacks()) for each in ALL if each.fault] == []


@pytest.mark.parametrize("library", ["nobody_wrote_this", "nobody_wrote_this.inner", "email.nobody_wrote_this"])
def test_one_that_is_missing_is_told_at_the_option_that_leads_there(library: str) -> None:
    fault = "Semaphore is an extra: pip install 'flowengine-iot[flags]'"
    assert Extra("flags", "Semaphore", library).lacks() == [("connection", fault)]
    assert Extra("flags", "Semaphore", library).lacks("listen") == [("listen", fault)]


def test_every_extra_is_one_of_the_distribution() -> None:
    offered = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert ALL and {each.name for each in ALL} <= set(offered)
