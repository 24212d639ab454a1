"""The flows of the cookbook: where they are, and what starting from one writes. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import flowengine

PICTURES = (".png", ".svg")


def recipes() -> dict[str, Path]:
    """The folder of each recipe by name: of the installed package, or of the checkout."""
    package = Path(flowengine.__file__).parent
    roots = (package / "demo_examples/cookbook", package.parent / "examples/cookbook")
    found = {folder.name: folder for root in roots if root.is_dir() for folder in sorted(root.iterdir())}
    return {name: folder for name, folder in found.items() if (folder / f"{name}.yaml").is_file()}


def files_of(recipe: Path) -> Mapping[str, str]:
    """The files that a project takes from a recipe, by their path in the project."""
    files = [file for file in sorted(recipe.rglob("*")) if file.is_file() and file.suffix not in PICTURES]
    return {
        (file.name if file.name == "README.md" else f"flows/{file.relative_to(recipe)}"): file.read_text("utf-8")
        for file in files
    }  # fmt: skip


def title_of(recipe: Path) -> str:
    """What the recipe is for, in a line."""
    lines = (recipe / f"{recipe.name}.yaml").read_text("utf-8").splitlines()
    return next((line.removeprefix("title:").strip() for line in lines if line.startswith("title:")), recipe.name)


def sentence_of(recipe: Path) -> str:
    """What the recipe does, in a sentence: the first paragraph of its page."""
    paragraphs = (recipe / "README.md").read_text("utf-8").split("\n\n")
    return next((" ".join(each.split()) for each in paragraphs if not each.startswith("#")), "")


def companions_of(recipe: Path) -> Mapping[str, str]:
    """What the recipe's flow reads, by name: files beside it that are neither flow nor page."""
    return {
        path.removeprefix("flows/"): text
        for path, text in files_of(recipe).items()
        if not path.endswith((".yaml", ".md"))
    }  # fmt: skip
