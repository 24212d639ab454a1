"""Names that node authors used until better ones came. Each still works for one version, and says so."""

from __future__ import annotations

import warnings

FORMER = {"hurry": "make_room"}
"""Methods that a node's class may still have under the former name, with the one that the engine calls."""


def take_over(kind: type) -> None:
    """Let a method under its former name stand for the present one, with a warning where the class stands."""
    for former, present in FORMER.items():
        if former in vars(kind):
            said = f"{kind.__name__}.{former} is called {present} now; the former name goes with the next version"
            warnings.warn(said, DeprecationWarning, stacklevel=4)  # of abc is the frame between
            setattr(kind, present, vars(kind)[former])
