"""Random scripts that grow, nest, repeat and look up whatever they can: what an attacker would write, and much else.

Names keep to a kind (a text, b list, c map, d number), so that most programs run on until their budget ends them.
Of some, words are changed for those by which sandboxes of Python were left.
"""

from __future__ import annotations

import random
import re

KINDS = {"a": "text", "b": "list", "c": "map", "d": "number"}
WAYS_OUT = (
    "__class__", "__globals__", "__builtins__", "__import__('os')", "().__class__.__base__", "getattr(a, '__class__')",
    "lambda: a", "open('/etc/passwd')", "eval('1')", "exec", "print", "_b", "_b.left", "m", "sent", "run", "f_len",
    "payload.keys", "a.format", "b.append", "c.get", "state.update", "payload['__class__']", "'{0.__class__}'",
    "f'{a!r}'", "f'{a.__class__}'", "(x := a)", "*b", "**c", "`a`", "yield", "await a", "import os", "del a", "\\",
    "@", ":", ".", "(", ")", "[", "]", "{", "}", "'", '"', "\n", "    ", "# ", ";", "\u00e9", "\x00", "9" * 400,
)  # fmt: skip
WORD = re.compile(r"\w+|[^\w\s]")
PATTERN = "(a?){40}a{40}"
ATOMS = {
    "text": ["a", "a", "payload.big", "topic", "'ab'", "meta.k", "''"],
    "list": ["b", "b", "payload.list", "[1, 2]", "[]", "payload.deep.y"],
    "map": ["c", "c", "payload", "meta", "{}", "payload.deep", "state"],
    "number": ["d", "d", "payload.x", "1", "3", "2.5", "1000", "123456789", "time", "1000000"],
}

FORMS = {
    "text": [
        "(T0 + T0)", "upper(T0)", "text(S0)", "f'{a}{a}{b}'", "f'{a}{d:.2f}{c}'", "join(L0, T0)", "T0[N0:]",
        "strip(T0)", "replace(T0, 'a', T0)", f"coalesce(extract(T0, '{PATTERN}'), T0)", "join([T0 for LOOP])",
    ],
    "list": [
        "(L0 + L0)", "[S0, S0]", "[S0 for LOOP]", "[S0 for LOOP for LOOP]", "keys(M0)", "values(M0)", "split(T0, 'a')",
        "L0[1:]", "[v for v in L0 if v in L0]", "[b, b]",
    ],
    "map": ["{'x': S0, T0: S0}", "{text(N0): S0 for LOOP}", "{'x': c, 'y': c}", "{'n': N0}"],
    "number": [
        "(N0 + N0)", "(N0 - N0)", "(N0 * N0)", "(N0 / N0)", "(N0 // N0)", "(N0 % N0)", "(d * d)", "(d - (0 - d))",
        "len(S0)", "sum([N0 for LOOP])", "abs(N0)", "min(N0, N0)", "pow(N0, N0)", "number(S0, N0)", "len(json(T0))",
        "(1 if S0 == S0 else 2)", "(1 if T0 in T0 else N0)", f"(1 if matches(T0, '{PATTERN}') else 0)",
    ],
}  # fmt: skip
PLACE = re.compile("[TNLMS]0|LOOP")


class Programs:
    """Makes one program for each seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines = ["a = 'x'", "b = [1]", "c = {'x': 1}", "d = 3"]

    def text(self) -> str:
        """The program."""
        for _ in range(self.random.randint(1, 8)):
            self.statement(0)
        return "\n".join(self.lines)

    def mutated(self) -> str:
        """The program, with up to three of its words changed for ways out."""
        text = self.text()
        for _ in range(self.random.randint(1, 3)):
            word = self.random.choice([*WORD.finditer(text)])
            text = text[: word.start()] + self.random.choice(WAYS_OUT) + text[word.end() :]
        return text

    def statement(self, indent: int) -> None:
        """One statement, perhaps with a block."""
        pad, pick = "    " * indent, self.random.random()
        if pick < 0.5:
            self.lines.append(pad + self.assignment())
        elif pick < 0.75 and indent < 4:
            self.lines.append(f"{pad}for {self.loop()}:")
            self.block(indent)
        elif pick < 0.85 and indent < 4:
            self.lines.append(f"{pad}if {self.expression('number', 2)} > {self.expression('number', 1)}:")
            self.block(indent)
        elif pick < 0.93:
            self.lines.append(f"{pad}send('p', {self.expression(self.kind(), 2)})")
        elif pick < 0.96:
            self.lines.append(f"{pad}del {self.random.choice(['payload.x', 'c.x', 'state.x'])}")
        else:
            self.lines.append(f"{pad}note(text({self.expression('number', 1)}))")

    def block(self, indent: int) -> None:
        """What stands below a loop or a condition."""
        for _ in range(self.random.randint(1, 3)):
            self.statement(indent + 1)

    def kind(self) -> str:
        """Any kind."""
        return self.random.choice([*KINDS.values()])

    def assignment(self) -> str:
        """Something set."""
        pick, name = self.random.random(), self.random.choice([*KINDS])
        if pick < 0.6:
            return f"{name} = {self.expression(KINDS[name], 3)}"
        if pick < 0.7:
            return f"{self.random.choice('abd')} += {self.expression('text' if name == 'a' else 'number', 2)}"
        holder = self.random.choice(["payload", "c", "state", "meta", "payload.deep"])
        key = self.random.choice([".x", ".y", f"[{self.expression('text', 1)}]"])
        return f"{holder}{key} = {self.expression(self.kind(), 2)}"

    def loop(self, depth: int = 1) -> str:
        """Names, and what gives them; they keep the kinds of the others."""
        most = self.random.choice(["3", "30", "1000", "1000000", self.expression("number", depth)])
        some = self.expression(self.random.choice(["list", "map"]), depth)
        return self.random.choice(
            [f"d in range({most})"] * 3
            + [f"i in {some}", f"d, i in enumerate({self.expression('list', depth)})",
               f"a, i in items({self.expression('map', depth)})"]
        )  # fmt: skip

    def expression(self, kind: str, depth: int) -> str:
        """One expression of a kind."""
        if depth <= 0 or self.random.random() < 0.25:
            return self.random.choice(ATOMS[kind])
        return PLACE.sub(lambda found: self.part(found[0], depth - 1), self.random.choice(FORMS[kind]))

    def part(self, place: str, depth: int) -> str:
        """What stands at a place of a form."""
        if place == "LOOP":
            return self.loop(0)
        return self.expression({"T": "text", "N": "number", "L": "list", "M": "map", "S": self.kind()}[place[0]], depth)
