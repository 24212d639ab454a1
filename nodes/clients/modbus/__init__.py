"""A Modbus bus from the side that asks: lines to it, one request at a time, polls and writes in turn."""
