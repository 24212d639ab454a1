"""The messages of `sparkplug_b.proto` that are used, as protobuf classes. Never here: what values mean.

Made from this table when imported: code that protoc writes is bound to one version of the library.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_F = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "org.eclipse.tahu.protobuf"
_PAYLOAD = [("timestamp", 1, _F.TYPE_UINT64), ("seq", 3, _F.TYPE_UINT64), ("uuid", 4, _F.TYPE_STRING)]
_METRIC = [
    ("name", 1, _F.TYPE_STRING), ("alias", 2, _F.TYPE_UINT64), ("timestamp", 3, _F.TYPE_UINT64),
    ("datatype", 4, _F.TYPE_UINT32), ("is_historical", 5, _F.TYPE_BOOL), ("is_transient", 6, _F.TYPE_BOOL),
    ("is_null", 7, _F.TYPE_BOOL),
]  # fmt: skip
_VALUES = [
    ("int_value", 10, _F.TYPE_UINT32), ("long_value", 11, _F.TYPE_UINT64), ("float_value", 12, _F.TYPE_FLOAT),
    ("double_value", 13, _F.TYPE_DOUBLE), ("boolean_value", 14, _F.TYPE_BOOL), ("string_value", 15, _F.TYPE_STRING),
    ("bytes_value", 16, _F.TYPE_BYTES), ("template_value", 18, _F.TYPE_BYTES),
]  # fmt: skip
"""Templates are read as bytes: they look alike on the wire, and no value is made of them."""
_CELL = [
    ("int_value", 1, _F.TYPE_UINT32), ("long_value", 2, _F.TYPE_UINT64), ("float_value", 3, _F.TYPE_FLOAT),
    ("double_value", 4, _F.TYPE_DOUBLE), ("boolean_value", 5, _F.TYPE_BOOL), ("string_value", 6, _F.TYPE_STRING),
]  # fmt: skip


def _classes() -> tuple[Any, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package=_PACKAGE, syntax="proto2")
    payload = file.message_type.add(name="Payload")
    metric, data_set = payload.nested_type.add(name="Metric"), payload.nested_type.add(name="DataSet")
    row, cell = data_set.nested_type.add(name="Row"), data_set.nested_type.add(name="DataSetValue")
    _fields(payload, _PAYLOAD)
    _messages(payload, "metrics", 2, "Metric", many=True)
    _fields(metric, _METRIC)
    _fields(metric, _VALUES, "value")
    _messages(metric, "dataset_value", 17, "DataSet")
    metric.field[-1].oneof_index = 0
    _fields(data_set, [("num_of_columns", 1, _F.TYPE_UINT64)])
    for name, number, kind in (("columns", 2, _F.TYPE_STRING), ("types", 3, _F.TYPE_UINT32)):
        data_set.field.add(name=name, number=number, type=kind, label=_F.LABEL_REPEATED)
    _messages(data_set, "rows", 4, "DataSet.Row", many=True)
    _messages(row, "elements", 1, "DataSet.DataSetValue", many=True)
    _fields(cell, _CELL, "value")
    pool = descriptor_pool.DescriptorPool()
    made = pool.AddSerializedFile(file.SerializeToString()).message_types_by_name["Payload"]
    whole = message_factory.GetMessageClass(made)
    return whole, message_factory.GetMessageClass(made.nested_types_by_name["Metric"])


def _fields(message: Any, fields: Sequence[tuple[str, int, Any]], one_of: str = "") -> None:
    for name, number, kind in fields:
        field = message.field.add(name=name, number=number, type=kind, label=_F.LABEL_OPTIONAL)
        if one_of:
            field.oneof_index = 0
    if one_of:
        message.oneof_decl.add(name=one_of)


def _messages(message: Any, name: str, number: int, of: str, many: bool = False) -> None:
    label = _F.LABEL_REPEATED if many else _F.LABEL_OPTIONAL
    message.field.add(
        name=name, number=number, type=_F.TYPE_MESSAGE, type_name=f".{_PACKAGE}.Payload.{of}", label=label
    )


PayloadMessage, MetricMessage = _classes()
