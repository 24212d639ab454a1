"""Types and palette as they are answered, in each language, kept until a subflow changes. Knows no request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from flowengine.catalog import Catalog
from web_editor.palette.cached_description import cached_description
from web_editor.palette.labels import labels_of, put_labels
from web_editor.palette.node_types import NodeTypes, subflow_types, types_of
from web_editor.palette.palette import Palette
from web_editor.palette.translations import translate, words_of

ENGLISH = "en"


class Encoded(NamedTuple):
    """An answer in JSON and its tag."""

    content: bytes
    etag: str


class Types(NamedTuple):
    """All that is known of every type, and its entries in the palette alone."""

    whole: Encoded
    palette: Encoded


class TypesByLanguage:
    """The classes do not change while the engine runs; subflows may."""

    def __init__(self, data_dir: Path, catalog: Catalog):
        self._data_dir, self._catalog = data_dir, catalog
        self._subflows: Mapping[str, str] = {}
        self._made: dict[str, Types] = {}

    def get(self, language: str, subflows: Mapping[str, str]) -> Types:
        """Types and palette, with subflows given as text by id. Blocking."""
        if subflows != self._subflows:
            self._subflows, self._made = subflows, {}
        made = self._made
        if language in made:
            return made[language]
        words = words_of(self._catalog.homes, language)
        spoken = language if words else ENGLISH  # what nobody speaks is kept once
        if spoken not in made:
            types = msgspec.json.decode(
                cached_description(self._data_dir, self._catalog, lambda: types_of(self._catalog)), type=NodeTypes
            )
            put_labels(types, labels_of(self._catalog.homes, spoken))
            translate(types, words)
            types.nodes += subflow_types(self._catalog, subflows)
            made[spoken] = Types(_encoded(types), _encoded(msgspec.convert(types, Palette, from_attributes=True)))
        return made[spoken]


def _encoded(answer: NodeTypes | Palette) -> Encoded:
    content = msgspec.json.encode(answer)
    return Encoded(content, f'"{hashlib.sha256(content).hexdigest()[:24]}"')
