"""Libraries that few flows want: what each extra is called, what it brings, and whether it is there. Imports none."""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple

from flowengine import DISTRIBUTION


class Extra(NamedTuple):
    """An extra of this distribution: what it lets flows speak, and the library that it brings."""

    name: str
    protocol: str
    library: str

    @property
    def fault(self) -> str:
        """What is said where it is missing; empty where it is there."""
        return (
            "" if _is_there(self.library) else f"{self.protocol} is an extra: pip install '{DISTRIBUTION}[{self.name}]'"
        )

    def lacks(self, option: str = "connection") -> list[tuple[str, str]]:
        """The same for a node that needs it, told at the option that leads there: as (option, fault)."""
        return [(option, self.fault)] if self.fault else []


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:  # of `a.b` already `a` is missing
        return False


AMQP = Extra("amqp", "AMQP", "aiormq")
KAFKA = Extra("kafka", "Kafka", "aiokafka")
NATS = Extra("nats", "NATS", "nats")
OPCUA = Extra("opcua", "OPC UA", "asyncua")
PARQUET = Extra("parquet", "Parquet", "arro3.io")
REDIS = Extra("redis", "Redis", "redis")
S3 = Extra("s3", "S3", "obstore")
S7 = Extra("s7", "S7", "snap7")
SNMP = Extra("snmp", "SNMP", "pysnmp")
SPARKPLUG = Extra("sparkplug", "Sparkplug B", "google.protobuf")
