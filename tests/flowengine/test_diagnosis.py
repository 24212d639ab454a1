"""What a connection keeps of what went over it: counts of all, the last of it, the silences."""

from flowengine.diagnosis import KEPT_BYTES, KEPT_FRAMES, Tape


class Clock:
    def __init__(self) -> None:
        self.now_ns = 10**18

    def time_ns(self) -> int:
        return self.now_ns

    def pass_s(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


def test_bytes_pieces_and_silences_are_counted() -> None:
    clock = Clock()
    tape = Tape(clock.time_ns)
    assert tape.figures == {"bytes_sent": 0, "frames_sent": 0, "bytes_heard": 0, "frames_heard": 0}
    tape.sent(b"\x01\x02", "unit 1")
    for gap_s in (0, 1.5, 0.5):
        clock.pass_s(gap_s)
        tape.heard(b"abc")
    clock.pass_s(4)
    assert tape.figures == {
        "bytes_sent": 2, "frames_sent": 1, "bytes_heard": 9, "frames_heard": 3, "silent_for_s": 4, "longest_gap_s": 1.5
    }  # fmt: skip
    first = tape.frames[0]
    assert (first.sent, first.hex, first.about, first.at_ms) == (True, "01 02", "unit 1", 1e12)


def test_it_keeps_the_last_frames_and_of_a_long_one_its_beginning() -> None:
    tape = Tape(Clock().time_ns)
    tape.heard(b"old")
    for n in range(KEPT_FRAMES - 1):
        tape.heard(bytes([n]))
    tape.sent(b"x" * 5000)
    frames = tape.frames
    assert len(frames) == KEPT_FRAMES and frames[0].hex == "00"
    assert frames[-1].length == 5000 and len(bytes.fromhex(frames[-1].hex)) == KEPT_BYTES
