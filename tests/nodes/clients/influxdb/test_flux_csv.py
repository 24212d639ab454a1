"""nodes/clients/influxdb/flux_csv.py: tables of the documented form become typed maps."""

import pytest

from nodes.clients.influxdb.flux_csv import rows

TWO_TABLES = '''#datatype,string,long,dateTime:RFC3339,double,string
,result,table,_time,_value,device
,,0,2026-01-01T00:00:00Z,1.5,d1
,,0,2026-01-01T00:00:01Z,,"d,""2"""

#datatype,string,long,boolean,unsignedLong
,result,table,ok,n
,,1,true,18446744073709551615
,,1,false,0
'''.replace("\n", "\r\n")


def test_each_table_has_its_own_columns_and_types():
    assert rows(TWO_TABLES) == [
        {"_time": "2026-01-01T00:00:00Z", "_value": 1.5, "device": "d1"},
        {"_time": "2026-01-01T00:00:01Z", "_value": None, "device": 'd,"2"'},
        {"ok": True, "n": 18446744073709551615},
        {"ok": False, "n": 0},
    ]


def test_nothing_gives_no_rows():
    assert rows("") == rows("\r\n") == []


def test_an_error_in_the_midst_is_raised():
    with pytest.raises(ValueError, match="failed to"):
        rows("#datatype,string,string\r\n,error,reference\r\n,failed to parse query,897\r\n")


def test_a_row_that_does_not_fit_is_an_error():
    with pytest.raises(ValueError, match="row of 2"):
        rows("#datatype,string,long\r\n,result,a\r\n,1\r\n")
