"""What flows serve, as an OpenAPI 3.1 document and as a page that people read. Serves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from flowengine import __version__
from flowengine.schema_words import in_words

About = Mapping[str, Any]
"""An OpenAPI operation object: summary, parameters, requestBody, responses."""

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_WORDS = {
    "en": ("What this server's flows take and answer", "Nothing is served.", "body", "answers", "path", "query"),
    "fr": (
        "Ce que les flux d’ici acceptent et répondent",
        "Rien n’est servi.",
        "corps",
        "réponses",
        "chemin",
        "requête",
    ),
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "code{font-size:.9em}h2{border-top:1px solid #8888;padding-top:1rem;font-size:1.1rem}dt{font-weight:600}"
    "dd{margin:0 0 .4rem 1rem}dd>div{margin-left:1rem}ul{margin:0;padding-left:1.2rem}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8bf}}"
)


def document(served: Iterable[tuple[str, str, About]]) -> dict[str, Any]:
    """The whole document, of (method, path, what is known of it)."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path, about in sorted(served, key=lambda each: (each[1], each[0])):
        if method.lower() in _METHODS:
            paths.setdefault(re.sub(r"\*\}", "}", path), {})[method.lower()] = dict(about)
    return {
        "openapi": "3.1.0",
        "info": {"title": "flowengine: flows", "version": __version__},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "token": {"type": "http", "scheme": "bearer"},
            }
        },
    }


def page(found: Mapping[str, Any], language: str) -> str:
    """The document as HTML without scripts; `language` is `en` or `fr`."""
    title, nothing, *words = _WORDS[language]
    parts = [
        _operation(method, path, operation, words, language)
        for path, methods in found["paths"].items()
        for method, operation in methods.items()
    ]
    body = "".join(parts) or f"<p>{nothing}</p>"
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><h1>{escape(title)}</h1>'
        f'<p><a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1)</p>{body}</html>'
    )


def language_of(header: str) -> str:
    """The page's language for an `Accept-Language` header: the first of ours that it names."""
    named = re.findall(r"(?:^|,)\s*(en|fr)\b", header.lower())
    return named[0] if named else "en"


def _operation(method: str, path: str, operation: About, words: list[str], language: str) -> str:
    body, answers, *places = words
    where = dict(zip(("path", "query"), places, strict=True))
    lines = [f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation.get('summary', ''))}</p><dl>"]
    for parameter in operation.get("parameters", ()):
        term = f"{escape(parameter['name'])} ({where[parameter['in']]})"
        lines.append(f"<dt>{term}</dt><dd>{in_words(parameter['schema'], language)}</dd>")
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        lines.append(f"<dt>{body} ({escape(kind)})</dt><dd>{in_words(content['schema'], language)}</dd>")
    lines.append(f"<dt>{answers}</dt>")
    for status, answer in operation.get("responses", {}).items():
        contents = "".join(
            in_words(each["schema"], language) for kind, each in answer.get("content", {}).items() if "json" in kind
        )
        lines.append(f"<dd>{status}: {escape(answer['description'])}<div>{contents}</div></dd>")
    return "".join([*lines, "</dl>"])
