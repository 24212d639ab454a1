"""Edits of a flow's text that change only the characters they must: whole and verified, or refused. Writes no file."""

from flowengine.flow.edit.apply import Edited, EditRefused, apply
from flowengine.flow.edit.layout import apply_layout
from flowengine.flow.edit.operations import (
    Add,
    Delete,
    Move,
    Operation,
    Rename,
    ReplaceText,
    Set,
    Unwire,
    Wire,
    read_operations,
)
from flowengine.flow.edit.snippet import copy_as_yaml, paste

__all__ = [
    "Add",
    "Delete",
    "EditRefused",
    "Edited",
    "Move",
    "Operation",
    "Rename",
    "ReplaceText",
    "Set",
    "Unwire",
    "Wire",
    "apply",
    "apply_layout",
    "copy_as_yaml",
    "paste",
    "read_operations",
]
