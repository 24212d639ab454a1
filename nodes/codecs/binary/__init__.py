"""Fixed binary records from and to named fields."""
