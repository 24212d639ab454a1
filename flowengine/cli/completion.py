"""Print what lets a shell complete commands, options and their values: bash, zsh or fish."""

from __future__ import annotations

import argparse
import importlib
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from flowengine.cli.arguments import arguments, help_of, kinds, parser_of

EXAMPLES = """examples:
  flowengine completion bash > ~/.local/share/bash-completion/completions/flowengine
  eval "$(flowengine completion zsh)"                      in ~/.zshrc, after compinit
  flowengine completion fish > ~/.config/fish/completions/flowengine.fish

exit status: 0 printed"""

BASH = """\
_flowengine() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$path ${COMP_WORDS[i]}" in
            @PATHS@) path="$path ${COMP_WORDS[i]}" ;;
        esac
    done
    local words= values=
    case "$path" in
@WORDS@
    esac
    case "$path $before" in
@VALUES@
    esac
    COMPREPLY=($(compgen -W "${values:-$words}" -- "$word"))
    [ -n "$values" ] || [[ $word == -* ]] || COMPREPLY+=($(compgen -f -- "$word"))
}
complete -o filenames -F _flowengine flowengine
"""
ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


class Command(NamedTuple):
    """A command, or a kind of one: what may stand after it."""

    path: tuple[str, ...]
    options: tuple[argparse.Action, ...]
    below: tuple[tuple[str, str], ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="for which shell")


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    places = list(all_places())
    print({"bash": bash, "zsh": lambda of: ZSH + bash(of), "fish": fish}[options.shell](places), end="")
    return 0


def all_places() -> Iterator[Command]:
    """Every command, the whole first."""
    from flowengine.cli import COMMANDS, added

    more = {name: importlib.import_module(path) for name, path in added().items()}
    yield Command((), (), (*COMMANDS.items(), *((name, module.HELP) for name, module in more.items())))
    for name in COMMANDS:
        yield from _places((name,), parser_of(name, importlib.import_module(f"flowengine.cli.{name}")))
    for name, module in more.items():
        yield from _places((name,), parser_of(name, module))


def _places(path: tuple[str, ...], parser: argparse.ArgumentParser) -> Iterator[Command]:
    below = list(kinds(parser))
    yield Command(path, tuple(arguments(parser)), tuple((name, about) for name, about, _ in below))
    for name, _, inner in below:
        yield from _places((*path, name), inner)


def bash(places: list[Command]) -> str:
    """The script for bash; zsh reads it too."""
    paths = "|".join(f'"{_path(place)}"' for place in places if place.path)
    words, values = [], []
    for place in places:
        names = [name for name, _ in place.below]
        names += [name for action in place.options for name in action.option_strings if name.startswith("--")]
        names += [str(value) for action in place.options if not action.option_strings for value in action.choices or ()]
        words.append(f'        "{_path(place)}") words="{" ".join(names)}" ;;')
        for action in place.options:
            if action.option_strings and action.choices:
                called = "|".join(f'"{_path(place)} {name}"' for name in action.option_strings)
                values.append(f'        {called}) values="{" ".join(map(str, action.choices))}" ;;')
    script = BASH.replace("@PATHS@", paths)
    return script.replace("@WORDS@", "\n".join(words)).replace("@VALUES@", "\n".join(values))


def _path(place: Command) -> str:
    return "".join(f" {word}" for word in place.path)


def fish(places: list[Command]) -> str:
    """The script for fish."""
    return "\n".join(["complete -c flowengine -n __fish_use_subcommand -f", *_fish_lines(places)]) + "\n"


def _fish_lines(places: list[Command]) -> Iterator[str]:
    for place in places:
        when = _fish_condition(place)
        for name, about in place.below:
            yield f"complete -c flowengine -n {when} -f -a {name} -d {shlex.quote(about)}"
        for action in place.options:
            about = shlex.quote(help_of(action, "flowengine"))
            names = " ".join(f"-l {name[2:]}" for name in action.option_strings if name.startswith("--"))
            choices = shlex.quote(" ".join(map(str, action.choices or ())))
            if names:
                takes = "" if action.nargs == 0 else f" -x -a {choices}" if action.choices else " -r"
                yield f"complete -c flowengine -n {when} {names}{takes} -d {about}"
            elif action.choices:
                yield f"complete -c flowengine -n {when} -f -a {choices} -d {about}"


def _fish_condition(place: Command) -> str:
    if not place.path:
        return "__fish_use_subcommand"
    seen = [f"__fish_seen_subcommand_from {word}" for word in place.path]
    if place.below:
        seen.append(f"not __fish_seen_subcommand_from {' '.join(name for name, _ in place.below)}")
    return shlex.quote("; and ".join(seen))
