"""Puts the editor onto an engine's HTTP server, and its API onto the control socket."""

from __future__ import annotations

from aiohttp import web

from flowengine.engine import Engine
from flowengine.folder import Folder
from web_editor.http.control import Control
from web_editor.http.route_table import ROUTES
from web_editor.http.serving import Serving
from web_editor.options import Options
from web_editor.services import Editor


def mount(application: web.Application, engine: Engine, folder: Folder, options: Options | None = None) -> Editor:
    """The editor, whose API and files `application` serves from now on. Start it once the engine runs. Blocking."""
    editor = Editor(engine, folder, options or Options())
    Serving(editor, ROUTES).mount(application)
    return editor


def unseen(engine: Engine, folder: Folder) -> Editor:
    """The editor's server side without pages or port, for its control socket alone. Blocking."""
    return Editor(engine, folder, Options())


def control(editor: Editor) -> Control:
    """The control socket of the editor's engine."""
    return Control(editor, ROUTES, editor.engine.settings.data_dir)
