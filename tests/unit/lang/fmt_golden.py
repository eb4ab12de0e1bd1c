"""Make `data/fmt_golden.json` anew: texts, and what `terraform fmt` makes of each.

Run by hand with terraform on PATH (the table holds 1.11.4's results): python tests/unit/lang/fmt_golden.py
Texts are those of `data/fmt_texts.hcl` (between lines of dashes), and made ones.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("a", "bb", "ccc", "var", "x-y", "local", "long_name_here")
SIGNS = ("+", "-", "*", "/", "%", "==", "!=", "&&", "||", "<", ">=", ">")
MADE = 220


class Maker:
    """Makes texts of everything that HCL has, with white space where it may be."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def space(self) -> str:
        return self.one("", "", " ", "  ", "\t")

    def name(self) -> str:
        return self.one(*NAMES)

    def likely(self, share: float) -> bool:
        return self.random.random() < share

    def reference(self) -> str:
        text = self.name()
        for _ in range(self.random.randrange(3)):
            text += self.one(".", " . ", " .") + self.name()
        if self.likely(0.3):
            key = self.one("0", '"k"', self.name())
            text += f"{self.space()}[{self.space()}{key}{self.space()}]"
        if self.likely(0.1):
            text += self.one(".*.", "[*].", "[ * ] .") + self.name()
        return text

    def open(self, lines: bool) -> str:
        return self.one("", " ", "\n", "\n   ") if lines else self.space()

    def value(self, depth: int = 0, *, lines: bool = False) -> str:
        s = self.space
        deeper = [
            self.call,
            self.list,
            self.object,
            self.binary,
            self.unary,
            self.conditional,
            self.parens,
            self.loop,
        ]
        if depth < 3 and self.likely(0.55):
            return self.random.choice(deeper)(depth + 1, lines)
        return self.one(
            str(self.random.randrange(1000)),
            f'"s{self.random.randrange(9)}"',
            self.reference(),
            self.one("true", "null", "1.5"),
            f'"a${{{s()}{self.reference()}{s()}}}b"',
            f'"${{{s()}{self.reference()}{s()}}}"',
            f'"%{{{s()}if {self.name()}{s()}}}y%{{ endif }}"',
        )

    def call(self, depth: int, lines: bool) -> str:
        given = [self.value(depth, lines=True) for _ in range(self.random.randrange(4))]
        inner = f",{self.open(lines)}".join(given)
        return f"{self.one('foo', 'max')}{self.one('', ' ')}({self.open(lines)}{inner}{self.open(lines)})"

    def list(self, depth: int, _lines: bool) -> str:
        items = [self.value(depth, lines=True) for _ in range(self.random.randrange(4))]
        s = self.space
        if self.likely(0.5):
            inner = "".join(f"{s()}{one}{s()},{self.one('', ' # c')}\n" for one in items)
            return f"[\n{inner}{s()}]"
        return f"[{s()}{f'{s()},{s()}'.join(items)}{f'{s()},' if items and self.likely(0.2) else ''}{s()}]"

    def object(self, depth: int, _lines: bool) -> str:
        s = self.space
        entries = []
        for _ in range(self.random.randrange(4)):
            key = self.one(self.name(), f'"{self.name()}"', f"({self.name()})")
            entries.append(f"{key} {self.one('=', '=', '=', ':')}{s()}{self.value(depth)}")
        if self.likely(0.6):
            ends = [f"{s()}{one}{s()}{self.one('', ',')}{self.one('', ' # x', ' // y')}\n" for one in entries]
            between = self.one("", "  # full\n")
            return f"{{{self.one('', ' # o')}\n{between.join(ends)}{s()}}}"
        return f"{{{s()}{f'{s()},{s()}'.join(entries)}{s()}}}"

    def binary(self, depth: int, lines: bool) -> str:
        left, right = (self.value(depth, lines=lines) for _ in range(2))
        return f"{left} {self.space()}{self.one(*SIGNS)} {self.space()}{right}"

    def unary(self, depth: int, _lines: bool) -> str:
        return self.one("-", "!", "- ", "! ") + self.one(
            self.reference(), f"({self.value(depth, lines=True)})"
        )

    def conditional(self, depth: int, lines: bool) -> str:
        parts = [self.value(depth, lines=lines) for _ in range(3)]
        return f"{parts[0]} ?{self.space()}{parts[1]}{self.space()} :{self.space()}{parts[2]}"

    def parens(self, depth: int, _lines: bool) -> str:
        return f"({self.open(True)}{self.value(depth, lines=True)}{self.open(True)})"

    def loop(self, depth: int, _lines: bool) -> str:
        s, inner = self.space, self.value(depth, lines=True)
        if self.likely(0.5):
            names = self.one("a", "a,b", "a , b")
            return (
                f"[for {names} in {self.reference()}{s()}:{s()}{inner}{self.one('', f' if {self.name()}')}]"
            )
        key = self.reference()
        return f"{{for k,v in {self.reference()} :{s()}{key}{s()}=>{s()}{inner}{self.one('', '...')}}}"

    def comment(self) -> str:
        return self.one("", "", "", " # c", "  // cc", "#d", " /* z */")

    def body(self, depth: int = 0) -> str:
        text, s = "", self.space
        for number in range(self.random.randrange(7)):
            kind = self.random.randrange(10)
            if kind < 6:
                value = self.value()
                if self.likely(0.06):
                    value = f"<<{self.one('', '-')}EOT\n   l1\n ${{ {self.reference()} }}\n  EOT"
                    text += f"{s()}{self.name()}{number}{s()}={s()}{value}\n"
                else:
                    text += f"{s()}{self.name()}{number}{s()}={s()}{value}{self.comment()}\n"
            elif kind == 6:
                text += "\n"
            elif kind == 7:
                text += f"{s()}{self.one('# line', '// line', '/* b */')}\n"
            elif depth < 2:
                head = self.name() + self.one("", ' "l"', " l", ' "l"   m')
                if self.likely(0.2):
                    text += f"{s()}{head} {{{s()}{self.one('', f'q={self.value(3)}')}{s()}}}\n"
                else:
                    inner = self.body(depth + 1)
                    text += f"{s()}{head}{s()} {{{self.comment()}\n{inner}{s()}}}{self.comment()}\n"
        return text


def written() -> list[str]:
    return re.split(r"^-+\n", (HERE / "data" / "fmt_texts.hcl").read_text(), flags=re.MULTILINE)


def results(texts: list[str]) -> list[dict[str, str]]:
    """Format each text by one run of terraform fmt; those that it refuses are left out."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            (Path(folder) / f"f{number:05}.tf").write_bytes(text.encode())
        ran = subprocess.run(
            ["terraform", "fmt", "-recursive", "-list=false", folder],
            capture_output=True,
            text=True,
            timeout=120,
        )
        refused = {int(number) for number in re.findall(r"f(\d{5})\.tf", ran.stderr)}
        return [
            {"text": text, "formatted": (Path(folder) / f"f{number:05}.tf").read_bytes().decode()}
            for number, text in enumerate(texts)
            if number not in refused
        ]


def main() -> None:
    made = (Maker(seed).body() for seed in range(10 * MADE))
    texts = [*written(), *[one for one in made if 40 < len(one) < 900][:MADE]]
    found = results(texts)
    (HERE / "data" / "fmt_golden.json").write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
