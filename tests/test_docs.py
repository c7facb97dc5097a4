"""Every code block of the documentation runs, and prints what the page says it prints."""

import doctest
import inspect
import io
import re
import runpy
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pytest

import alignscore as al

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = sorted(p for p in DOCS.rglob("*.md") if "_build" not in p.parts and "gallery" not in p.parts)
BLOCK = re.compile(r"^```(\w[^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(kind.strip(), text) for kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    "page",
    [p for p in PAGES if any(kind == "python" for kind, _ in blocks(p))],
    ids=lambda p: p.relative_to(DOCS).as_posix(),
)
def test_the_code_of_a_page_runs_and_prints_what_it_says(page, tmp_path, monkeypatch):
    pytest.importorskip("matplotlib").use("agg")
    monkeypatch.chdir(tmp_path)
    names, found = {}, blocks(page)
    for at, (kind, text) in enumerate(found):
        if kind != "python":
            continue
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(text, page.name, "exec"), names)
        if at + 1 < len(found) and found[at + 1][0] == "text":
            said = found[at + 1][1]
            same = doctest.OutputChecker().check_output(said, printed.getvalue(), SAME)
            assert same, f"{page.name} says\n{said}\nand prints\n{printed.getvalue()}"
    import matplotlib.pyplot as plt

    plt.close("all")


def test_what_a_guide_names_leads_to_its_page():
    pytest.importorskip("sphinx")
    from docutils import nodes
    from docutils.utils import new_document
    from sphinx.addnodes import pending_xref

    hook = runpy.run_path(str(DOCS / "conf.py"))["names_lead_to_their_pages"]

    def targets(docname):
        page, text = new_document(docname), nodes.paragraph()
        title = nodes.title("", "", nodes.literal("", "al.bloc"))
        text += [
            nodes.literal("", told) for told in ("al.what_if", "Ledger.post(events)", "a = 1", "-m slow")
        ]
        page += [nodes.section("", title), text]
        hook(SimpleNamespace(env=SimpleNamespace(docname=docname)), page)
        return [link["reftarget"] for link in page.findall(pending_xref)]

    assert targets("guides/blocs") == ["alignscore.what_if", "alignscore.Ledger.post"]
    assert targets("generated/alignscore.bloc") == []


def test_every_public_name_has_a_page():
    rooms = (DOCS / "api.md").read_text(encoding="utf-8").split(".. currentmodule:: ")
    own = "".join(part for part in rooms if part.startswith("alignscore\n"))
    listed = re.findall(r"^\s+(\w+)\s*$", own, re.MULTILINE)
    assert sorted(listed) == sorted(set(listed)), "a name stands twice"
    missing = set(al.__all__) - set(listed) - {"datasets", "plots", "validity"}
    assert not missing, f"api.md lacks {sorted(missing)}"
    assert set(listed) <= set(al.__all__), f"api.md names what is not there: {set(listed) - set(al.__all__)}"


@pytest.mark.parametrize("room", ["datasets", "plots", "validity"])
def test_every_function_of_a_public_room_has_a_page(room):
    listed = (DOCS / "api.md").read_text(encoding="utf-8").split(f".. currentmodule:: alignscore.{room}\n")[1]
    listed = re.findall(r"^\s+(\w+)\s*$", listed.split("currentmodule")[0], re.MULTILINE)
    module = getattr(al, room)
    named = getattr(module, "__all__", None) or [
        name
        for name, thing in vars(module).items()
        if inspect.isfunction(thing) and thing.__module__ == module.__name__ and not name.startswith("_")
    ]
    assert sorted(named) == sorted(listed)


def test_the_front_page_claims_what_the_package_says():
    root = DOCS.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {project['version']}\n" in citation and project["version"] == al.__version__
    (released,) = re.findall(r"^date-released: (\S+)$", citation, re.MULTILINE)
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {project['version']} ({released})" in changes
    pythons = [
        name.rsplit(" ", 1)[1] for name in project["classifiers"] if re.search(r":: Python :: 3\.\d+$", name)
    ]
    badge = (DOCS / "badges" / "python.svg").read_text(encoding="utf-8")
    assert f">{' | '.join(pythons)}<" in badge and project["requires-python"] == f">={pythons[0]}"
    assert f">{project['license']}<" in (DOCS / "badges" / "licence.svg").read_text(encoding="utf-8")
    workflow = (root / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert all(f'"{python}"' in workflow for python in pythons)


def test_what_the_front_page_points_to_is_there():
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    links = [
        link for link in re.findall(r"\]\(([^)#]+)\)", readme) if not link.startswith(("http", "../../"))
    ]
    named = re.findall(r"`((?:examples|docs)/[\w./]+)`", readme)
    assert len(links) > 4 and named
    assert not [link for link in (*links, *named) if not (DOCS.parent / link).exists()]


def test_files_that_are_named_are_there():
    root = DOCS.parent
    for told in (*PAGES, *root.glob("*.md"), root / "noxfile.py"):
        named = re.findall(
            r"\b(?:tests|src|docs|examples|benchmarks)/[\w/.-]+\.(?:py|md|csv)\b",
            told.read_text(encoding="utf-8"),
        )
        assert not [path for path in named if not (root / path).exists()], told.name
