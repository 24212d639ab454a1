"""Serves the API and the built editor over HTTP and on the control socket. Knows no area from inside."""
