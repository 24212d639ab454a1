"""The tests of the receipts are worth something: each of five faults, put into a copy of the engine, fails one."""

from __future__ import annotations

import pytest

from tests.faults.mutants import survivors


@pytest.mark.faults
@pytest.mark.timeout(900)
def test_no_broken_receipt_survives() -> None:
    assert survivors() == []
