"""Sources of flows: files on disk, drafts over them, layouts beside them. Deploys nothing. Blocking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flowengine.catalog.flow_file import FLOW_NAME, NAME
from flowengine.deployer import Deployer
from flowengine.flow.document import Document
from flowengine.flow.files import MOST_BYTES, SUFFIXES, find, is_flow, is_subflow
from flowengine.store.files import replace_shared
from flowengine.store.revisions import Draft, Revisions, etag_of
from web_editor.workspace.layouts import layout_path

_FLOW = re.compile(rf"""^flow:[ \t]*["']?({FLOW_NAME.pattern})["']?[ \t]*(?:#.*)?\r?$""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One flow file; `subflow` tells whether it is a node type instead of a flow that runs."""

    id: str
    path: Path
    text: str
    etag: str
    subflow: bool
    changed_ns: int


@dataclass(frozen=True, slots=True)
class FlowSource:
    """The text of one flow: its draft, else its file."""

    id: str
    path: Path
    file: SourceFile | None
    draft: Draft | None

    @property
    def text(self) -> str:
        """What is edited."""
        return self.draft.text if self.draft else self.file.text if self.file else ""

    @property
    def texts(self) -> list[str]:
        """What is edited and what may run."""
        return [each.text for each in (self.draft, self.file) if each]

    @property
    def etag(self) -> str:
        """The tag of `text`."""
        return etag_of(self.text)

    @property
    def subflow(self) -> bool:
        """Whether it is a node type instead of a flow that runs."""
        return is_subflow(self.text)

    @property
    def file_changed(self) -> bool:
        """Whether the file is no longer the one that the draft was made from."""
        return self.draft is not None and self.draft.base != (self.file.etag if self.file else "")

    @property
    def author(self) -> str | None:
        """Who wrote the draft; None for the file."""
        return self.draft.author if self.draft else None

    @property
    def changed_ns(self) -> int:
        """When the text got to be what it is."""
        return self.draft.at_ns if self.draft else self.file.changed_ns if self.file else 0


class SourceFiles:
    """Flow files, each read once for as long as it stays as it is."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[tuple[int, int], SourceFile]] = {}

    def get(self, path: Path) -> SourceFile | None:
        """The file; None for one that is gone or may not be read."""
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._read.get(path)
            if known is None or known[0] != stamp:
                known = self._read[path] = (stamp, _read(path, status.st_mtime_ns))
            return known[1]
        except OSError:
            return None

    def forget(self, path: Path) -> None:
        """It was just written."""
        self._read.pop(path, None)

    def hold_flow(self, path: Path) -> bool:
        """Whether a flow that runs is in it."""
        return (file := self.get(path)) is not None and is_flow(file.text)

    def hold_subflow(self, path: Path) -> bool:
        """Whether a node type is in it, by a name that a type may have."""
        if path.suffix not in SUFFIXES or path.name.startswith(".") or not NAME.fullmatch(path.stem):
            return False
        return (file := self.get(path)) is not None and file.subflow


class FlowSources:
    """Every flow and subflow among the folder's paths, and every draft."""

    def __init__(self, folder: Deployer, revisions: Revisions):
        self._folder = folder
        self._revisions = revisions
        self._files = SourceFiles()

    def all(self) -> dict[str, FlowSource]:
        """By id. Where two files give the same id, the first one counts."""
        drafts = self._revisions.drafts()
        files: dict[str, SourceFile] = {}
        for path in self._paths():
            if (file := self._files.get(path)) is not None:
                files.setdefault(file.id, file)
        ids = sorted({*files, *drafts})
        return {id: self._joined(id, files.get(id), drafts.get(id)) for id in ids}

    def get(self, id: str) -> FlowSource | None:
        """One of them."""
        return self.all().get(id)

    def subflows(self) -> dict[str, str]:
        """The texts of the files that are node types, by id."""
        return {id: flow.file.text for id, flow in self.all().items() if flow.file and flow.file.subflow}

    def create(self, id: str, text: str, author: str) -> FlowSource:
        """A draft without a file."""
        return FlowSource(id, self._new_path(id), None, self._revisions.keep_draft(id, text, "", author))

    def unwritten(self, id: str) -> FlowSource:
        """A flow without file and draft, where a new one would be."""
        return FlowSource(id, self._new_path(id), None, None)

    def keep(self, flow: FlowSource, text: str, author: str) -> FlowSource:
        """The flow with another text; a text that is the file's needs no draft."""
        if flow.file is not None and flow.file.text == text:
            return self.discard(flow)
        base = flow.draft.base if flow.draft else flow.file.etag if flow.file else ""
        return FlowSource(flow.id, flow.path, flow.file, self._revisions.keep_draft(flow.id, text, base, author))

    def discard(self, flow: FlowSource) -> FlowSource:
        """The flow without its draft."""
        self._revisions.drop_draft(flow.id)
        return FlowSource(flow.id, flow.path, flow.file, None)

    def write(self, flow: FlowSource, text: str) -> None:
        """Make `text` the file, whole or not at all."""
        replace_shared(flow.path, text.encode())
        self._files.forget(flow.path)

    def remove(self, flow: FlowSource) -> None:
        """Delete file, layout and draft."""
        for path in (flow.path, layout_path(flow.path)):
            path.unlink(missing_ok=True)
        self._revisions.drop_draft(flow.id)

    def _joined(self, id: str, file: SourceFile | None, draft: Draft | None) -> FlowSource:
        if draft is not None and file is not None and draft.text == file.text:
            self._revisions.drop_draft(id)
            draft = None
        return FlowSource(id, file.path if file else self._new_path(id), file, draft)

    def _new_path(self, id: str) -> Path:
        return self.home / f"{id}.yaml"

    @property
    def home(self) -> Path:
        """Where new flows go."""
        paths = self._folder.paths
        return next((path for path in paths if path.is_dir()), paths[0].parent if paths else Path())

    def _paths(self) -> Iterator[Path]:
        paths = [path for path in self._folder.paths if path.exists()]
        yield from dict.fromkeys([*find(paths, self._files.hold_flow), *self._subflows()])

    def _subflows(self) -> Iterable[Path]:
        folders = dict.fromkeys(path if path.is_dir() else path.parent for path in self._folder.paths)
        for folder in [each for top in folders for each in (top, top / "subflows")]:
            if folder.is_dir():
                yield from (path for path in sorted(folder.iterdir()) if self._files.hold_subflow(path))


def _read(path: Path, changed_ns: int) -> SourceFile:
    raw = path.read_bytes()[: MOST_BYTES + 4]
    text = raw.decode("utf-8", "replace")
    subflow = is_subflow(text)
    named = _FLOW.search(text)
    id = named[1] if named and not subflow else path.stem
    return SourceFile(id, path, text, etag_of(text), subflow, changed_ns)


def users_of(flows: Mapping[str, FlowSource], subflow: str) -> list[str]:
    """Ids of the flows and subflows in which a node is of this type, in their files or in their drafts."""
    return [id for id, flow in flows.items() if id != subflow and _uses(subflow, flow.texts)]


def _uses(subflow: str, texts: Iterable[str]) -> bool:
    return any(subflow in text and subflow in types_in(text) for text in texts)


def types_in(text: str) -> set[str]:
    """The types of the nodes in a text, as far as it can be read."""
    data = Document.parse(text, "flow").data
    nodes = data.get("nodes") if isinstance(data, dict) else None
    found = nodes.values() if isinstance(nodes, dict) else ()
    return {str(node.get("type")) for node in found if isinstance(node, dict)}
