"""MQTT 5.0 between bytes and packets, by the Rust parser `mqtt5`. Never here: I/O, session state."""

from typing import Final

import mqtt5
from mqtt5 import Packet

from nodes.clients.mqtt.errors import Malformed
from nodes.clients.mqtt.utf8 import check_text

VERSION: Final = 5
_read = mqtt5.read


def split(data: bytes) -> tuple[list[Packet], int]:
    """All whole packets at the start of `data`, and how many bytes they took. Raises `Malformed`."""
    if not data.isascii():
        check_text(data)
    view, at, size = memoryview(data), 0, len(data)
    packets: list[Packet] = []
    add = packets.append
    try:
        while at < size:
            packet, length = _read(view[at:])
            add(packet)
            at += length
    except IndexError:
        pass  # the last packet is not whole yet
    except ValueError as fault:
        raise Malformed(str(fault)) from None
    except BaseException as fault:
        # PyO3's PanicException is not an Exception; of text that is no UTF-8 the parser was not asked.
        if type(fault).__name__ != "PanicException":
            raise
        raise Malformed("a packet that the parser cannot read") from None
    return packets, at


def write(packet: Packet) -> bytes:
    """The packet as it goes over the wire. Raises `ValueError` for what MQTT cannot carry."""
    return packet.write()
