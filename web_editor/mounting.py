"""Puts the editor onto an engine's HTTP server."""

from __future__ import annotations

from aiohttp import web

from flowengine.engine import Engine
from flowengine.folder import Folder
from web_editor.editor import Editor
from web_editor.options import Options
from web_editor.serving import Serving
from web_editor.table import ROUTES


def mount(application: web.Application, engine: Engine, folder: Folder, options: Options | None = None) -> Editor:
    """The editor, whose API and files `application` serves from now on. Start it once the engine runs. Blocking."""
    editor = Editor(engine, folder, options or Options())
    Serving(editor, ROUTES).mount(application)
    return editor
