"""Sparkplug B (Eclipse Sparkplug 3.0, ISO/IEC 20237): payloads, and what a host knows of edge nodes. Pure."""
