"""Scripts of flow files: a checked part of Python's statements, compiled once, bounded in work, sizes and state.

`Script` is the compiled text of a `script` node; `runner` makes of it what handles messages. What a script may say is
in `grammar`, what it costs in `budget`, what it means in `statements` and `expressions`. No I/O, no clock, no nodes.
"""

from flowengine.script.budget import PER_BATCH, PER_MESSAGE, Budget
from flowengine.script.compiled import Dropped, Outcome, Runner, Script, Tools
from flowengine.script.errors import ScriptError
from flowengine.script.fields import ScriptText
from flowengine.script.states import States

__all__ = [
    "PER_BATCH",
    "PER_MESSAGE",
    "Budget",
    "Dropped",
    "Outcome",
    "Runner",
    "Script",
    "ScriptError",
    "ScriptText",
    "States",
    "Tools",
]
