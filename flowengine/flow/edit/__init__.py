"""Edits of a flow's text that change only the characters they must: whole and verified, or refused. Writes no file."""

from flowengine.flow.edit.apply import Edited, EditRefused, apply
from flowengine.flow.edit.extract import Extracted, extract
from flowengine.flow.edit.inline import inline
from flowengine.flow.edit.layout import apply_layout
from flowengine.flow.edit.operations import (
    Add,
    Delete,
    Move,
    Operation,
    Paste,
    Rename,
    ReplaceText,
    Set,
    Unwire,
    Wire,
    read_operations,
)

__all__ = [
    "Add",
    "Delete",
    "EditRefused",
    "Edited",
    "Extracted",
    "Move",
    "Operation",
    "Paste",
    "Rename",
    "ReplaceText",
    "Set",
    "Unwire",
    "Wire",
    "apply",
    "apply_layout",
    "extract",
    "inline",
    "read_operations",
]
