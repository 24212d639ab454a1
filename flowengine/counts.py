"""How many of something, in words for people. The editor has its own, in two languages."""


def count_of(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`, `0 rows`; `many` where it is not `one` with an s: `count_of(n, "row was", "rows were")`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
