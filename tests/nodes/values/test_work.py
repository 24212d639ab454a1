"""nodes/values/work.py"""

import pytest

from nodes.values.work import TooMuchWork, Work


def test_work_is_refused_before_it_is_done_with_the_reason_it_was_given():
    work = Work("too many of them", 10)
    work.take(6)
    work.take(4)
    with pytest.raises(TooMuchWork, match="too many of them"):
        work.take(1)
