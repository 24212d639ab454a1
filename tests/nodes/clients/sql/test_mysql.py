"""What each exception of MariaDB's client means: away, or of the data (or ours), which is never away."""

from __future__ import annotations

import inspect

import pytest
from asyncmy import errors

from nodes.clients.sql.mysql_faults import is_away, is_undecided, said

KINDS = [
    each for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, errors.MySQLError) and each.__module__ == errors.__name__
]  # fmt: skip
OF_THE_DATA = {"DataError", "IntegrityError", "NotSupportedError", "ProgrammingError", "Warning"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_fault_is_away_or_of_the_data(kind: type[Exception]) -> None:
    assert is_away(kind("said by the driver")) is (kind.__name__ not in OF_THE_DATA)


@pytest.mark.parametrize(
    ("fault", "away"),
    [
        (errors.ProgrammingError(1146, "no such table"), True),
        (errors.OperationalError(1142, "no right"), True),
        (errors.OperationalError(1213, "deadlock"), True),
        (errors.OperationalError(2013, "lost"), True),
        (errors.OperationalError(1292, "Incorrect date value"), False),
        (errors.OperationalError(1366, "Incorrect string value"), False),
        (errors.OperationalError(1139, "Regex error"), False),
        (errors.OperationalError(4037, "Unexpected end of JSON text"), False),
        (errors.OperationalError(1241, "Operand should contain 1 column(s)"), False),
        (errors.OperationalError(1205, "lock wait"), True),
        (errors.OperationalError(1114, "the table is full"), True),
        (errors.ProgrammingError("nan can not be used with MySQL"), False),
        (ConnectionResetError(), True),
        (RuntimeError("closed"), True),
        (TypeError(), False),
        (KeyError(), False),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), False),
    ],
)
def test_a_fault_is_away_only_where_it_may_pass_or_a_person_mends_it(fault: Exception, away: bool) -> None:
    assert is_away(fault) is away


def test_a_fault_that_nobody_knows_is_tried_on_single_rows_before_it_is_of_one() -> None:
    assert is_undecided(errors.OperationalError(4999, "of a later version"))
    for known in (
        errors.OperationalError(1366, "value"),
        errors.OperationalError(1205, "lock"),
        errors.DataError(1, "x"),
    ):
        assert not is_undecided(known)


def test_the_check_of_a_column_names_it() -> None:
    fault = errors.OperationalError(4025, "CONSTRAINT `readings.level` failed for `plant`.`readings`")
    assert said(fault).startswith("column level: CONSTRAINT")
