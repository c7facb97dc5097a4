"""Write what each code block of the documentation prints into the text block below it.

    python docs/update_outputs.py [page.md ...]

Blocks of a page run in order in one namespace, in an empty folder. `tests/test_docs.py` checks the same blocks.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
PAIR = re.compile(r"^```python\n(.*?)^```\n(?:(\n?)```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def updated(text: str) -> str:
    """The page with the output of its blocks as they print now; '...' in a text block is kept."""
    names: dict[str, object] = {}

    def run(match: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(match[1], "page", "exec"), names)
        if match[3] is None or "..." in match[3]:
            return match[0]
        lines = "\n".join(line.rstrip() for line in printed.getvalue().rstrip().splitlines())
        return f"```python\n{match[1]}```\n{match[2]}```text\n{lines}\n```\n"

    return PAIR.sub(run, text)


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "agg")
    pages = [Path(name).resolve() for name in sys.argv[1:]] or sorted(DOCS.rglob("*.md"))
    for page in pages:
        before = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            after = updated(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print("updated", page.relative_to(DOCS))
