"""Serves the built editor: index.html, assets with their compressed forms, tags. Builds nothing."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
MISSING = "The editor is not built. Build it with `npm run build` in web_editor/ui, or reinstall the package.\n"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    packed: bytes | None
    type: str
    etag: str


class Files:
    """The files of one folder, read when first asked for. Names never leave the folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._known: dict[tuple[str, int], _File] = {}

    def answer(self, request: web.Request, path: str) -> web.Response | None:
        """The file at `path` below the folder, None where there is none. Blocking, but small and cached."""
        parts = path.strip("/").split("/")
        if not all(NAME.fullmatch(part) for part in parts):
            return None
        found = self._file("/".join(parts))
        if found is None:
            return None
        headers = {"ETag": found.etag, "Cache-Control": FOREVER if parts[0] == "assets" else ASK_AGAIN}
        headers["Vary"] = "Accept-Encoding"
        if request.headers.get("If-None-Match") == found.etag:
            return web.Response(status=304, headers=headers)
        body = found.content
        if found.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = found.packed, "gzip"
        return web.Response(body=body, headers={**headers, "Content-Type": found.type})

    def page(self, request: web.Request) -> web.Response:
        """The file of the request's path, else the first page. Raises `HTTPNotFound` for what looks like a file."""
        path = request.path
        found = self.answer(request, path) if path != "/" else None
        if found is None and "." in path.rpartition("/")[2]:
            raise web.HTTPNotFound(text="nothing is served here\n")
        return found or self.index(request)

    def index(self, request: web.Request) -> web.Response:
        """The page that every address of the editor starts with."""
        return self.answer(request, "index.html") or web.Response(status=503, text=MISSING)

    def _file(self, name: str) -> _File | None:
        file = self.folder / name
        try:
            stamp = file.stat().st_mtime_ns
            if (name, stamp) not in self._known:
                self._known[name, stamp] = _read(file)
            return self._known[name, stamp]
        except (OSError, ValueError):
            return None


def _read(file: Path) -> _File:
    content = file.read_bytes()
    beside = file.with_name(f"{file.name}.gz")
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/javascript", "application/json", "image/svg+xml")
    packed = beside.read_bytes() if beside.is_file() else _packed(content) if text and len(content) > 1000 else None
    full_type = f"{kind}; charset=utf-8" if text else kind
    return _File(content, packed, full_type, f'"{hashlib.sha256(content).hexdigest()[:20]}"')


def _packed(content: bytes) -> bytes:
    import gzip

    return gzip.compress(content, 9, mtime=0)
