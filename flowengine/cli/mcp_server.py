"""The tools as a server of the Model Context Protocol (modelcontextprotocol.io), as the `mcp` package speaks it."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from flowengine import __version__
from flowengine.cli.mcp_lines import BoundedServer
from flowengine.cli.mcp_tools import Refused, Tools
from flowengine.counts import count_of

MOST_SAID = 200
GRAMMAR = "flowengine://grammar"
INSTRUCTIONS = f"""Flows of flowengine are YAML. Read {GRAMMAR} (or the tool grammar) before writing one, describe the
node types you use with node_type, then check, guarantees and test until all is right; write tests with faults.
propose_draft puts the text before a person, who deploys it; you cannot."""
Record = Callable[[str, str, str], object]


def server(tools: Tools, record: Record) -> MCPServer[Any]:
    """A server of all the tools' public methods; each call is recorded before it is done (action, subject, detail)."""
    made = BoundedServer("flowengine", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    for name in (name for name in vars(Tools) if not name.startswith("_")):
        hints = ToolAnnotations(read_only_hint=name != "propose_draft", destructive_hint=False)
        made.add_tool(_audited(getattr(tools, name), record), name, annotations=hints, structured_output=False)
    made.resource(GRAMMAR, mime_type="text/markdown")(_audited(tools.grammar, record))
    return made


def _audited(tool: Callable[..., Any], record: Record) -> Callable[..., Any]:
    @functools.wraps(tool)
    async def call(*args: Any, **kwargs: Any) -> Any:
        await asyncio.to_thread(record, f"mcp {tool.__name__}", str(kwargs.get("flow", ""))[:MOST_SAID], _said(kwargs))
        try:
            answer = await asyncio.to_thread(tool, *args, **kwargs)
        except Refused as refused:
            raise ToolError(str(refused)) from None
        return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)

    return call


def _said(arguments: dict[str, Any]) -> str:
    """The arguments as the audit has them: of texts, and of what is long, only the length."""
    shown = {
        name: count_of(len(str(value)), "character")
        if name in ("text", "old") or len(str(value)) > MOST_SAID
        else value
        for name, value in arguments.items()
    }
    return ", ".join(f"{name} {value}" for name, value in shown.items() if arguments[name] and name != "flow")
