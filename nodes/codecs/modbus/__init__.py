"""Modbus as bytes: requests, answers, frames and values. Never here: sockets, ports, time."""
