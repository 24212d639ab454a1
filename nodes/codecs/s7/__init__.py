"""Addresses and values of Siemens S7 controllers."""
