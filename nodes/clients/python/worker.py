"""What runs in the process: calls one function for each message that comes by standard input. Imports nothing of ours.

A frame is its length (4 bytes, big-endian) and MessagePack. In: a list of [payload, topic, time, meta], time in seconds
since 1970. Out: one frame for each as soon as it is known, and one before them for the file: [true, result] or
[false, reason]. So whoever reads knows which message was the last one.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import resource
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from flowengine.counts import count_of

HEAD = struct.Struct(">I")
NAMES = ("payload", "topic", "time", "meta")
"""What a function may take, by the names of its parameters; a single one may be called anything."""


def main(file: str, name: str, memory_bytes: str, output_bytes: str) -> None:
    """Serve until standard input ends."""
    given, answers = _own_pipes()
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most_bytes = int(output_bytes)
    try:
        call = _loaded(Path(file), name)
    except BaseException as fault:  # SystemExit of a script too
        _write(answers, [False, _words_of(fault, file)], most_bytes)
        return
    _write(answers, [True, None], most_bytes)
    decode = msgspec.msgpack.Decoder(list[list[Any]]).decode
    while head := given.read(HEAD.size):
        for message in decode(given.read(HEAD.unpack(head)[0])):
            _write(answers, _answered(call, message, file), most_bytes)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The two pipes, out of reach of what prints or reads."""
    given, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return given, answers


def _loaded(file: Path, name: str) -> Callable[[list[Any]], Any]:
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise LookupError(f"it has no function {name}")
    wanted = [*inspect.signature(function).parameters]
    if len(wanted) == 1 and wanted[0] not in NAMES:
        return lambda message: function(message[0])
    if unknown := [each for each in wanted if each not in NAMES]:
        raise LookupError(f"{name} takes {', '.join(unknown)}; there are {', '.join(NAMES)}")
    places = {each: NAMES.index(each) for each in wanted}
    return lambda message: function(**{each: message[place] for each, place in places.items()})


def _answered(call: Callable[[list[Any]], Any], message: list[Any], file: str) -> list[Any]:
    try:
        return [True, call(message)]
    except Exception as fault:
        return [False, _words_of(fault, file)]


def _words_of(fault: BaseException, file: str) -> str:
    """The fault in a line, with its place in the file."""
    frames = [frame for frame in traceback.extract_tb(fault.__traceback__) if frame.filename == file]
    line = fault.lineno if isinstance(fault, SyntaxError) else frames[-1].lineno if frames else None
    text = fault.msg if isinstance(fault, SyntaxError) else str(fault)
    place = f"{Path(file).name}:{line}: " if line else f"{Path(file).name}: "
    return f"{place}{type(fault).__name__}{f': {text}' if text else ''}"[:500]


def _write(answers: BinaryIO, answer: list[Any], most_bytes: int) -> None:
    try:
        packed = msgspec.msgpack.encode(answer, enc_hook=_plain)
    except (TypeError, ValueError, OverflowError, RecursionError) as fault:
        packed = msgspec.msgpack.encode([False, f"its result is nothing a message can carry: {fault}"[:500]])
    if len(packed) > most_bytes:
        packed = msgspec.msgpack.encode(
            [False, f"its result has {count_of(len(packed), 'byte')}, at most {most_bytes} are allowed"]
        )
    data = memoryview(HEAD.pack(len(packed)) + packed)
    while data:
        data = data[answers.write(data) :]


def _plain(value: Any) -> Any:
    """Numbers and arrays of numpy as Python has them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no plain value")


if __name__ == "__main__":
    main(*sys.argv[1:])
