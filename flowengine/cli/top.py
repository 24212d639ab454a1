"""Show the rates of a running engine in the terminal, node by node, from its /metrics."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field

from flowengine.cli.amounts import DAY_S, number

EXAMPLES = """examples:
  flowengine top
  flowengine top --url http://127.0.0.1:9000 --flow plant
  flowengine top --once | sort -k3 -n

exit status: 0 shown, 1 the engine does not answer"""
_SAMPLE = re.compile(r"^flowengine_(\w+)\{(.*)\} (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_COUNTERS = ("received_messages_total", "sent_messages_total", "errored_messages_total", "processing_seconds_total")
_GAUGES = ("held_messages", "queue_messages", "node_up")
_CLEAR, _BOLD, _RED, _PLAIN = "\x1b[H\x1b[J", "\x1b[1m", "\x1b[31m", "\x1b[0m"
_HEAD = f"{'node':<28} {'type':<15} {'in/s':>9} {'out/s':>9} {'err/s':>7} {'held':>7} {'queued':>7} {'cpu':>6}"
MOST_BYTES = 16 * 2**20
TIMEOUT_S = 5.0
Key = tuple[str, str]


@dataclass
class Reading:
    """What /metrics said at one moment: values by name, each by flow and node; types of nodes."""

    at_s: float
    values: dict[str, dict[Key, float]] = field(default_factory=dict)
    types: dict[Key, str] = field(default_factory=dict)

    def of(self, name: str, key: Key) -> float:
        """One value; 0 when there is none."""
        return self.values.get(name, {}).get(key, 0.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("--url", default="http://127.0.0.1:8880", help="where the engine listens (%(default)s)")
    parser.add_argument("--flow", help="only this flow")
    parser.add_argument(
        "--every", type=number(0.1, DAY_S), default=1.0, metavar="SECONDS", help="how often (%(default)s)"
    )
    parser.add_argument("--once", action="store_true", help="print one table and stop")


def run(options: argparse.Namespace) -> int:
    """Show until stopped; each table needs two readings."""
    try:
        former = read(options.url)
        while True:
            time.sleep(options.every)
            now = read(options.url)
            lines = list(table(former, now, options.flow, colours=sys.stdout.isatty()))
            if options.once:
                print("\n".join(lines))
                return 0
            height = shutil.get_terminal_size().lines - 1
            print(_CLEAR + "\n".join(lines[:height]), flush=True)
            former = now
    except (OSError, ValueError) as fault:
        reason = fault.reason if isinstance(fault, urllib.error.URLError) else fault
        print(f"flowengine: {options.url} does not answer: {reason}", file=sys.stderr)
        return 1


def read(url: str) -> Reading:
    """What the engine counts now. Raises OSError, or ValueError for an URL that is none."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("an address begins with http:// or https://")
    with urllib.request.urlopen(f"{url.rstrip('/')}/metrics", timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked above
        return parse(answer.read(MOST_BYTES).decode(), time.monotonic())


def parse(text: str, at_s: float) -> Reading:
    """The samples of an exposition that belong to a node."""
    reading = Reading(at_s)
    for line in text.splitlines():
        found = _SAMPLE.match(line)
        if found is None or found[1] not in (*_COUNTERS, *_GAUGES):
            continue
        labels = dict(_LABEL.findall(found[2]))
        key = labels.get("flow", ""), labels.get("node", "")
        reading.values.setdefault(found[1], {})[key] = float(found[3])
        if "type" in labels:
            reading.types[key] = labels["type"]
    return reading


def table(old: Reading, new: Reading, flow: str | None, colours: bool) -> Iterator[str]:
    """The lines of one table: rates between two readings, and what is held now."""
    bold, red, plain = (_BOLD, _RED, _PLAIN) if colours else ("", "", "")
    passed_s = max(1e-9, new.at_s - old.at_s)
    yield f"{bold}{_HEAD}{plain}"
    for key, kind in new.types.items():
        if flow and key[0] != flow:
            continue
        received, sent, errored, busy = ((new.of(name, key) - old.of(name, key)) / passed_s for name in _COUNTERS)
        held, queued, up = (new.of(name, key) for name in _GAUGES)
        colour = red if errored or not up else ""
        state = "" if up else "  down"
        yield (
            f"{colour}{'/'.join(key):<28} {kind:<15} {received:>9.1f} {sent:>9.1f} {errored:>7.1f} {held:>7.0f} "
            f"{queued:>7.0f} {busy:>6.1%}{plain if colour else ''}{state}"
        )
