"""What forms and palette are made of, from the node classes themselves."""
