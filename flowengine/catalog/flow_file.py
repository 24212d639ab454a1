"""The sections of a flow file and their shapes: the one model that parser and schema read. Knows no node type."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field

from flowengine.catalog.every_node import Ids
from flowengine.config import Config

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
"""Ids of nodes, and what a file or an instance may be called."""

FLOW_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""Names of flows: they are folders, parts of addresses and arguments, so case and a leading `-` tell none apart."""

FLOW_NAME_RULE = "small letters, digits, _ and - (at most 64), a letter or digit first"
"""The same for people."""


class FlowFile(Config):
    """A whole flow file."""

    flow: Annotated[str, Field(pattern=f"^{FLOW_NAME.pattern}$", title="name")]
    """The flow's name."""

    title: str | None = None
    """Name for people."""

    note: str | None = None
    """Remark for people."""

    folder: str | None = None
    """Where lists of flows show it: names with / between, from the outer to the inner."""

    vars: dict[str, Any] | None = None
    """Values for `${NAME}`."""

    connections: dict[str, Any] | None = None
    """Shared clients by name."""

    nodes: dict[str, Any] | None = None
    """The nodes by their ids."""

    on_error: Ids = None
    """Error port of every node that names none."""

    tests: list[Any] | None = None
    """Tests in virtual time."""

    pages: dict[str, Any] | None = None
    """Pages for operators by name."""

    inputs: Ids | dict[str, Ids] = None
    """Makes this file a subflow: the nodes that its input leads to, or a map from input to those."""

    outputs: str | dict[str, str] | None = None
    """Where a subflow's output comes from: a node, a node and its port (`split.hot`), or a map from output to those."""
