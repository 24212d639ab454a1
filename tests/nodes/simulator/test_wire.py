"""The line loses frames as a real one does, and the judge knows which ones."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from nodes.simulator.wire import QUEUE_FRAMES, Judge, Line


class SlowPort:
    """Takes as many bytes as it is told."""

    def __init__(self, room: int = 10**9) -> None:
        self.is_open = True
        self.room = room
        self.got = b""

    def write(self, data: bytes) -> int:
        taken = min(len(data), self.room)
        self.room -= taken
        self.got += data[:taken]
        return taken


def line(port: SlowPort) -> tuple[Line, list[int], list[tuple[int, str]]]:
    heard: list[int] = []
    lost: list[tuple[int, str]] = []
    return Line(port, Random(1), heard.append, lambda n, why: lost.append((n, why))), heard, lost


bodies = st.lists(
    st.binary(min_size=1, max_size=80).map(lambda b: b.replace(b"\x00", b"\x01")), max_size=8, unique=True
)


@given(bodies, st.data())
def test_whole_frames_are_heard_however_they_are_cut(frames: list[bytes], data: st.DataObject) -> None:
    judge = Judge()
    for number, body in enumerate(frames):
        judge.expect(number, body + b"\x00")
    stream, heard = b"".join(body + b"\x00" for body in frames), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        heard += judge.take(stream[:size])
        stream = stream[size:]
    assert heard == list(range(len(frames)))
    assert judge.bad == 0


def test_noise_without_a_delimiter_costs_the_frame_behind_it() -> None:
    judge = Judge()
    judge.expect(1, b"aaa\x00")
    assert judge.take(b"xxaaa\x00aaa\x00\x00") == [1]
    assert judge.bad == 1


def test_a_port_opened_in_mid_frame_does_not_hear_that_frame() -> None:
    judge = Judge()
    judge.expect(1, b"aaa\x00")
    judge.restart(in_frame=True)
    assert judge.take(b"aaa\x00aaa\x00") == [1]


def test_a_slow_host_loses_the_oldest_that_waits() -> None:
    port = SlowPort(room=2)
    sender, heard, lost = line(port)
    for number in range(1, 8):
        sender.judge.expect(number, bytes([64 + number]) * 5 + b"\x00")
        sender.send(number, bytes([64 + number]) * 5 + b"\x00", 0.0)
    assert lost == [(2, "queue"), (3, "queue")]
    assert QUEUE_FRAMES == 4
    port.room = 10**9
    sender.pump(0.1)
    assert heard == [1, 4, 5, 6, 7]


def test_a_frame_that_nobody_reads_for_two_seconds_is_cut() -> None:
    port = SlowPort(room=2)
    sender, heard, lost = line(port)
    sender.judge.expect(1, b"aaaaa\x00")
    sender.send(1, b"aaaaa\x00", 0.0)
    sender.pump(2.1)
    assert lost == [(1, "cut")]
    port.room = 10**9
    sender.judge.expect(2, b"bb\x00")
    sender.judge.expect(3, b"cc\x00")
    sender.send(2, b"bb\x00", 2.2)
    sender.send(3, b"cc\x00", 2.2)
    assert port.got == b"aabb\x00cc\x00"
    assert heard == [3]


def test_what_is_sent_while_nobody_has_the_port_open_is_lost() -> None:
    port = SlowPort()
    port.is_open = False
    sender, heard, lost = line(port)
    sender.send(1, b"aaa\x00", 0.0)
    assert (heard, lost, port.got) == ([], [(1, "closed")], b"")
