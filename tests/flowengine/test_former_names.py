"""What node authors wrote under a former name still works, and is told where it stands."""

import pytest

from flowengine import DONE, HOLD, Config, Emit, Messages, Stateful
from flowengine.former_names import FORMER
from flowengine.testing import make, messages, payloads


class GatherConfig(Config):
    """Nothing to set."""


class Gather(Stateful):
    """Keeps what comes until it is asked."""

    config: GatherConfig
    holds = True

    def start(self) -> None:
        self._kept: list = []

    def process(self, messages: Messages, now_s: float) -> Emit:
        self._kept += messages
        return HOLD

    def _all(self) -> Emit:
        found, self._kept = self._kept, []
        return Emit(found)


def test_a_method_under_its_former_name_is_the_one_that_the_engine_calls() -> None:
    with pytest.warns(DeprecationWarning, match=r"Old\.hurry is called make_room now") as told:

        class Old(Gather):
            def hurry(self, now_s: float) -> Emit:
                return self._all()

    assert [warning.filename for warning in told] == [__file__]
    node = make(Old, "{}")
    node.process(messages([1, 2]), 0.0)
    assert payloads(node.make_room(0.1).messages) == [1, 2]
    assert node.make_room(0.2) == Emit([])


def test_a_class_that_has_the_present_name_is_told_nothing(recwarn: pytest.WarningsRecorder) -> None:
    class New(Gather):
        def make_room(self, now_s: float) -> Emit:
            return DONE

    assert make(New, "{}").make_room(0.0) is DONE
    assert list(recwarn) == []


@pytest.mark.parametrize(("former", "present"), FORMER.items())
def test_what_a_former_name_stands_for_is_there(former: str, present: str) -> None:
    assert hasattr(Stateful, present) and not hasattr(Stateful, former)
