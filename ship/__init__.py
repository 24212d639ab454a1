"""What `./dev build` makes for others, and how. Nothing here runs with flows; nothing here is installed."""
