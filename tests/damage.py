"""Text files as they come damaged: cells, lines and bytes spoilt, from a seed."""

from __future__ import annotations

import random

ODD = [
    "", "0", "-1", "99999999999999999999", "1e309", "nan", "NA", "NULL", "None", "\x00", "é",
    "日本", '"', "'",
    "2019-13-45", "00000000", "99999999", "0001-01-01", "9999-12-31", "40", "2.02E+13", "---",
    "040", "USA", "SUN",
    "EU", "A" * 5000, ";", "; ;", "1980-01-xx", "0x10", "\u202e", "inf", "2014-99", "0000-01",
    "(", "\\", "1;2;3",
]  # fmt: skip


def damaged(lines: list[str], seed: int) -> bytes:
    """Lines with some cells, lines or bytes spoilt, from a seed."""
    dice = random.Random(seed)
    mark = "\t" if "\t" in lines[-1] else ","
    rows = list(lines)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(rows))
        cells = rows[at].split(mark)
        what = dice.randrange(8)
        if what < 4:
            cells[dice.randrange(len(cells))] = dice.choice(ODD)
        elif what == 4:
            del cells[dice.randrange(len(cells))]
        elif what == 5:
            cells.insert(dice.randrange(len(cells)), dice.choice(ODD))
        elif what == 6:
            rows.insert(at, dice.choice(["", " ", mark * 80, rows[at], rows[at][: dice.randrange(20)]]))
            continue
        else:
            cells = cells[: dice.randrange(len(cells)) + 1]
        rows[at] = mark.join(cells)
    raw = (
        dice.choice(["\n", "\r\n", "\r"])
        .join(rows)
        .encode(dice.choice(["utf-8"] * 6 + ["utf-16", "cp1252"]), "replace")
    )
    if dice.random() < 0.3:
        at = dice.randrange(len(raw) + 1)
        raw = raw[:at] + dice.randbytes(dice.randrange(1, 9)) + raw[at:]
    return raw + dice.choice([b"", b"\n", b"\r", b"\n\n"])
