"""Points in a table beside the flow: read as if they stood in it, and every fault told by the line of the table."""

from pathlib import Path

from flowengine.catalog import installed
from flowengine.engine import Engine, Settings
from flowengine.flow.load import Loaded

HEADER = "name,address,type,scale,unit\n"


def load(tmp_path: Path, points: str, **files: str | bytes) -> Loaded:
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    file = tmp_path / "f.yaml"
    file.write_text(
        "flow: f\nconnections:\n  bus: {type: modbus, url: 'tcp://127.0.0.1:502'}\n"
        f"nodes:\n  read: {{type: modbus_in, connection: bus, points: {points}, to: end}}\n  end: {{type: log}}\n"
    )
    return Engine(Settings(tmp_path / "data"), installed()).load_file(file)


def faults(loaded: Loaded) -> list[str]:
    assert all((problem.line, problem.node) == (5, "read") for problem in loaded.problems)
    return [problem.message for problem in loaded.problems]


def test_rows_of_a_table_are_points_as_those_of_the_flow(tmp_path: Path) -> None:
    table = HEADER + "7,0,i16,0.1,°C\n\nenergy,10,f32,,kWh\n"
    loaded = load(tmp_path, "meter.csv", meter=table)
    assert loaded.problems == []
    points = loaded.flow.nodes["read"].config.points
    assert [(p.name, p.address, p.type, p.scale, p.unit) for p in points] == [
        ("7", 0, "i16", 0.1, "°C"), ("energy", 10, "f32", 1.0, "kWh")
    ]  # fmt: skip
    assert loaded.flow.nodes["read"].options["points"][1] == {
        "name": "energy", "address": 10, "type": "f32", "unit": "kWh"
    }  # fmt: skip  # so that a redeploy sees what changed in the table


def test_semicolons_tabs_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    for table in ("\ufeffname;address\na;1\n", "name\taddress\na\t1\n"):
        assert load(tmp_path, "meter.csv", meter=table).problems == []


def test_all_faults_of_five_thousand_rows_are_told_at_once_by_line(tmp_path: Path) -> None:
    rows = [f"p{n},{n},u16,," for n in range(5000)]
    rows[17] = "p17,70000,u16,,"
    rows[18] = "p18,18,i17,,"
    rows[2500] = "p4,2500,u16,fast,"
    rows[4000] = "p3999,4000,u16,,"
    rows[4998] = "text,4998,text,2,"
    rows[4999] = ",4999,u16,,"
    told = faults(load(tmp_path, "meter.csv", meter=HEADER + "\n".join(rows)))
    assert told == [
        "meter.csv:19:2: address: at most 65535, not 70000",
        "meter.csv:20:3: type: one of i16, u16, i32, u32, i64, u64, f32, f64, bool, bit, text, not 'i17'",
        "meter.csv:2502:4: scale: a number, not 'fast'",
        "meter.csv:5001: option 'name' is missing",
        "meter.csv:4002:1: 'p3999' is also the name of meter.csv:4001",
        "meter.csv:5000:4: a text has no scale",
    ]


def test_five_thousand_faults_in_five_thousand_rows_are_five_thousand_problems(tmp_path: Path) -> None:
    table = HEADER + "".join(f"p{n},{70_000 + n},u16,,\n" for n in range(5000))
    assert len(load(tmp_path, "meter.csv", meter=table).problems) == 5000


def test_faults_across_rows_are_told_by_line_too(tmp_path: Path) -> None:
    told = faults(load(tmp_path, "meter.csv", meter=HEADER + "a,1,,,\nb,2,,,\na,3,,,\n"))
    assert told == ["meter.csv:4:1: 'a' is also the name of meter.csv:2"]


def test_an_unknown_column_is_told_with_the_nearest_word(tmp_path: Path) -> None:
    [problem] = load(tmp_path, "meter.csv", meter="name,adress\na,1\n").problems
    assert problem.message == "meter.csv:2:2: unknown option 'adress'" and problem.hint == "address"


def test_a_table_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    assert faults(load(tmp_path, "none.csv")) == ["there is no file 'none.csv' beside the flow"]
    assert faults(load(tmp_path, "latin.csv", latin="name,größe\n".encode("latin-1"))) == ["latin.csv is not UTF-8"]
    assert faults(load(tmp_path, "empty.csv", empty="")) == ["empty.csv is empty"]
    assert faults(load(tmp_path, "wide.csv", wide="name,address\na,1,2\n")) == [
        "wide.csv:2: 3 cells, the first line has 2"
    ]
    assert faults(load(tmp_path, "head.csv", head=HEADER)) == ["points: at least 1 entries, not 0"]


def test_a_table_too_large_for_a_flow_is_refused_not_cut(tmp_path: Path) -> None:
    row = "p{},1,u16,,\n"
    table = HEADER + "".join(row.format(n) for n in range(100_000))
    assert len(table) > 2**20
    assert faults(load(tmp_path, "large.csv", large=table)) == ["large.csv is larger than 1048576 bytes"]
    assert faults(load(tmp_path, "just.csv", just=(HEADER + "a,1,u16,,\n").ljust(2**20, "\n"))) == []


def test_a_profile_that_there_is_not_is_told_with_those_there_are(tmp_path: Path) -> None:
    (problem,) = load(tmp_path, "eastron_sdm63").problems
    assert "eastron_sdm120, eastron_sdm630" in problem.message and problem.hint == "eastron_sdm630"


def test_a_fault_of_a_point_in_the_flow_itself_is_told_at_its_row(tmp_path: Path) -> None:
    (problem,) = load(tmp_path, "[{name: a, address: 1},\n    {name: a, address: 2}]").problems
    assert (problem.line, problem.message) == (6, "'a' is also the name of points.0")
