"""The names that options have in their models, and what else people call them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from flowengine.config import Config
from flowengine.flow.problem import nearest


def meant_by(model: type[Config], path: tuple[str | int, ...]) -> str:
    """What to write instead of an option that there is not, as far as it is known."""
    models, word = models_at(model, path[:-1]), str(path[-1])
    return called(models, word, ()) or nearest(word, named(models)) or ""


def called(models: Iterable[type[Config]], word: str, also: Iterable[str]) -> str:
    """What to write instead of a word that people write, or of a slip of one; empty where that is not known.

    What is nearer to the name of an option, or to one of `also`, is a slip of that.
    """
    others = {other: meant for each in models for other, meant in each.also_called.items()}
    near = word if word in others else nearest(word, [*named(models), *also, *others])
    return others.get(near or "", "")


def models_at(model: type[Config], path: Iterable[str | int]) -> list[type[Config]]:
    """Whose options stand where `path` leads."""
    models = [model]
    for step in path:
        fields = [field for each in models for name, field in each.model_fields.items() if step in (name, field.alias)]
        models = [inner for field in fields for inner in _models(field.annotation)] or models
    return models


def named(models: Iterable[type[Config]]) -> list[str]:
    """The options of these models, as a file has them."""
    return [field.alias or name for each in models for name, field in each.model_fields.items()]


def _models(annotation: Any) -> list[type[Config]]:
    if isinstance(annotation, type) and issubclass(annotation, Config):
        return [annotation]
    return [found for inner in get_args(annotation) for found in _models(inner)]
