"""Devices that do not exist: a serial gateway, a fleet of MQTT devices, Modbus meters; faults included.

Everything follows from one seed and a clock that is given; a ledger says what was sent and what a perfect receiver
must end with. The command `flowengine simulate` is in `command`. Never here: nodes, flows, what a receiver does.
"""
