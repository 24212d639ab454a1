"""The messages of `sparkplug_b.proto` that are used, as protobuf classes. Never here: what values mean.

Made from this table when imported: code that protoc writes is bound to one version of the library.
"""

from __future__ import annotations

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
    ("bytes_value", 16, _F.TYPE_BYTES), ("dataset_value", 17, _F.TYPE_BYTES), ("template_value", 18, _F.TYPE_BYTES),
]  # fmt: skip
"""Data sets and templates are read as bytes: they look alike on the wire, and no value is made of them."""


def _classes() -> tuple[Any, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package=_PACKAGE, syntax="proto2")
    payload = file.message_type.add(name="Payload")
    metric = payload.nested_type.add(name="Metric")
    metric.oneof_decl.add(name="value")
    for name, number, kind in _PAYLOAD:
        payload.field.add(name=name, number=number, type=kind, label=_F.LABEL_OPTIONAL)
    of_metric = f".{_PACKAGE}.Payload.Metric"
    payload.field.add(name="metrics", number=2, type=_F.TYPE_MESSAGE, type_name=of_metric, label=_F.LABEL_REPEATED)
    for name, number, kind in _METRIC:
        metric.field.add(name=name, number=number, type=kind, label=_F.LABEL_OPTIONAL)
    for name, number, kind in _VALUES:
        metric.field.add(name=name, number=number, type=kind, label=_F.LABEL_OPTIONAL, oneof_index=0)
    pool = descriptor_pool.DescriptorPool()
    made = pool.AddSerializedFile(file.SerializeToString()).message_types_by_name["Payload"]
    whole = message_factory.GetMessageClass(made)
    return whole, message_factory.GetMessageClass(made.nested_types_by_name["Metric"])


PayloadMessage, MetricMessage = _classes()
