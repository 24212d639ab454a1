"""Fixed lengths, marks and lengths at an offset: the same frames however the stream is cut, noise never kept."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.framing.cutting import Noise
from nodes.codecs.framing.gaps import Gaps
from nodes.codecs.framing.marks import Fixed, FixedCutter, LengthAt, LengthAtCutter, MarkCutter, Marks

DSMR = Marks(b"!", b"/", tail_bytes=4)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    chunks, at = [], 0
    for size in [*cuts, len(data)]:
        chunks.append(data[at : at + size])
        at += size
    return chunks


def frames(cutter: Any, chunks: list[bytes]) -> list[bytes]:
    return [part for chunk in chunks for part in cutter.feed(chunk) if part and not isinstance(part, Noise)]


cuts = st.lists(st.integers(0, 7), max_size=30)


@given(st.lists(st.binary(min_size=4, max_size=4), max_size=8), cuts)
def test_frames_of_one_length_are_found_however_they_are_cut(sent: list[bytes], where: list[int]) -> None:
    assert frames(FixedCutter(Fixed(4)), cut(b"".join(sent), where)) == sent


@given(st.lists(st.text("abc \n", max_size=9), max_size=6), cuts, st.text("xyz", max_size=5))
def test_telegrams_are_found_between_their_marks_and_noise_is_left_out(
    texts: list[str], where: list[int], noise: str
) -> None:
    sent = [f"/{text}!1A2B".encode() for text in texts]
    stream = b"".join(noise.encode() + telegram + b"\r\n" for telegram in sent)
    assert frames(MarkCutter(100, DSMR), cut(stream, where)) == sent


@given(cuts)
def test_ends_of_lines_between_telegrams_are_no_noise_and_what_else_lies_there_is(where: list[int]) -> None:
    cutter, stream = MarkCutter(100, DSMR), b"/a!1234\r\n/b!1234\n\r\n/c!1234\r\nx\r\n/d!1234\r\n"
    parts = [part for chunk in cut(stream, where) for part in cutter.feed(chunk)]
    assert parts == [b"/a!1234", b"/b!1234", b"/c!1234", b"\r\nx\r\n", b"/d!1234"]
    assert [part for part in parts if isinstance(part, Noise)] == [b"\r\nx\r\n"]


def test_a_telegram_that_breaks_off_costs_only_itself() -> None:
    assert frames(MarkCutter(100, DSMR), [b"/lost in the mid/whole!1234\r\n"]) == [b"/whole!1234"]


def test_without_a_start_a_frame_begins_where_the_last_one_ended() -> None:
    assert frames(MarkCutter(100, Marks(b"\r")), [b"1.2\r3.", b"4\r5"]) == [b"1.2\r", b"3.4\r"]


def test_what_never_ends_is_given_up() -> None:
    cutter = MarkCutter(50, DSMR)
    parts = [part for _ in range(100) for part in cutter.feed(b"/" + b"x" * 30)]
    assert parts and all(len(part) == 51 for part in parts)
    assert len(cutter.reset()) <= 51


@given(st.lists(st.binary(max_size=20), max_size=8), cuts)
def test_frames_that_tell_their_length_inside_are_found(bodies: list[bytes], where: list[int]) -> None:
    sent = [b"\x68" + bytes([len(body)]) + body for body in bodies]
    shape = LengthAt(offset=1, size_bytes=1, order="big", adjust=2)
    assert frames(LengthAtCutter(100, shape), cut(b"".join(sent), where)) == sent


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=5), st.floats(0, 0.05)), min_size=1, max_size=30))
def test_a_silence_ends_a_frame_and_no_byte_is_lost(heard: list[tuple[bytes, float]]) -> None:
    gaps: Gaps[int] = Gaps(0.02, 1000)
    now_s, ended, wanted = 0.0, [], [b""]
    for number, (data, pause_s) in enumerate(heard):
        now_s += pause_s
        if number and int(now_s * 1e9) - last_ns > 20_000_000:  # noqa: F821 - set in the round before
            wanted.append(b"")
        wanted[-1] += data
        last_ns = int(now_s * 1e9)
        ended += gaps.feed("a", number, data, last_ns, now_s)
    assert gaps.due_s is not None
    ended += gaps.overdue(now_s + 1)
    assert [frame for _, frame in ended] == wanted
    assert gaps.due_s is None
