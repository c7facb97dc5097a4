"""The house: imports run one way, the front door is light, nothing prints, and nothing is promised in vain."""

import ast
import inspect
import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

import alignscore as al

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "alignscore"
FILES = sorted(SRC.rglob("*.py"))
FLOORS = [
    ["errors"],
    ["values", "data"],
    ["axes", "intervals", "decay", "dates"],
    ["actors", "bridges", "display"],
    ["results"],
    ["citations", "regression_panel", "tables"],
    ["codebook", "published"],
    ["events"],
    ["ledger"],
    ["measures"],
    ["dynamics"],
    ["attribution"],
    ["uncertainty"],
    ["validity"],
    ["readers"],
    ["scale"],
    ["datasets"],
    ["plots", "reporting"],
    ["__main__"],
]
OLD_PATHS = {"published"}  # of version 0.1, which only hand out names
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> list[ast.AST]:
    """Imports and classes of a file, wherever in it: statements, and what holds statements."""
    found, waiting = [], [parsed(path)]
    while waiting:
        node = waiting.pop()
        found += [node] if isinstance(node, ast.ImportFrom | ast.ClassDef) else []
        waiting += [
            child
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]
    return found


def room(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Rooms of this library that a file imports when it runs, wherever in it."""
    found, waiting = set(), [parsed(path)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in (
            getattr(node.test, "id", ""),  # TYPE_CHECKING, and typing.TYPE_CHECKING
            getattr(node.test, "attr", ""),
        ):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "alignscore":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("alignscore.")}
        waiting += [
            child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt | ast.ExceptHandler)
        ]
    return found


def files_imported(path: Path) -> set[Path]:
    """Files of this library that a file imports, anywhere in it."""
    modules = set()
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "alignscore":
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    found = {SRC.joinpath(*module.split(".")[1:]) for module in modules}
    return {file for at in found for file in (at.with_suffix(".py"), at / "__init__.py") if file in FILES}


def test_imports_run_one_way():
    inside = [path for path in FILES if path != SRC / "__init__.py"]
    homeless = {room(path) for path in inside} - set(FLOOR)
    assert not homeless, f"{homeless} have no floor in the house; give them one"
    upward = [
        f"{path.relative_to(SRC)} imports {name} from above"
        for path in inside
        for name in imports(path) - {room(path)}
        if FLOOR[name] > FLOOR[room(path)]
    ]
    assert not upward


def test_no_two_files_need_each_other():
    """Circles among files of one room too, and those that only type checkers walk."""
    needs = {path: files_imported(path) - {path} for path in FILES if path != SRC / "__init__.py"}
    circles = {frozenset({a, b}) for a in needs for b in needs[a] if a in needs.get(b, ())}
    assert not circles


APART = {"faults", "published"}  # of every room at once; tables of others that tests are held to


def test_tests_stand_where_what_they_test_stands():
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert not {folder for folder in folders if not (SRC / folder).is_dir()} - {Path(name) for name in APART}


def test_no_class_name_stands_twice():
    names = [node.name for path in FILES for node in nodes(path) if isinstance(node, ast.ClassDef)]
    assert sorted(names) == sorted(set(names))


def test_the_architecture_names_what_there_is():
    """Every room has its row, and every file named is there."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = {word for word in re.findall(r"`([\w/]+)`", text) if word in FLOOR}
    assert named == set(FLOOR) - OLD_PATHS
    assert not [
        name
        for name in re.findall(r"`([\w/]+\.py)`", text)
        if not ((SRC / name).exists() or (ROOT / name).exists())
    ]


def test_the_library_never_prints():
    for path in FILES:
        if path.name == "__main__.py":
            continue
        if not re.search(r"\bprint\b", path.read_text(encoding="utf-8")):
            continue
        calls = [
            n
            for n in ast.walk(parsed(path))
            if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "print"
        ]
        assert not calls, path


HEAVY = ("scipy.stats", "matplotlib", "pyarrow", "polars", "dask", "narwhals", "duckdb")


def modules_after(code, *, before="pass"):
    """Modules that running some code brings in, beyond those that some earlier code did."""
    told = f"import sys; {before}; was = set(sys.modules); {code}; print(*set(sys.modules) - was)"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_import_is_light():
    """The front door opens no room: not even pandas and pydantic are paid for before a name is used."""
    new = modules_after("import alignscore")
    assert {name for name in new if name.startswith("alignscore")} == {"alignscore"}
    assert not new & {"numpy", "scipy", "pandas", "pydantic", *HEAVY}


def test_the_core_is_light():
    """What every analysis uses asks for nothing heavy on top of pandas and pydantic, and a name is looked up once."""
    code = (
        "import alignscore as al, pickle; assert 'hedging' not in vars(al); "
        "assert pickle.loads(pickle.dumps(al.hedging)) is al.hedging is vars(al)['hedging']; "
        "from alignscore import Event, Ledger, Ties, alignment, datasets, hedging"
    )
    new = modules_after(code, before="import numpy, pandas, pydantic")
    assert {"alignscore.ledger.ties", "alignscore.measures.states.hedging"} <= new
    assert not new & set(HEAVY)


def test_it_runs_from_a_zip(tmp_path):
    """As a wheel does that is put on the path unopened: the list of names, the tables and the page come out of it."""
    with zipfile.ZipFile(tmp_path / "house.zip", "w") as archive:
        for path in SRC.rglob("*"):
            archive.write(path, path.relative_to(SRC.parent))
    code = (
        "import alignscore as al; assert 'house.zip' in al.__file__; "
        "print(len(al.report(al.datasets.asean(), ('CHN', 'USA'), states=['KHM'], draws=4)))"
    )
    found = os.environ | {"PYTHONPATH": str(tmp_path / "house.zip")}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=found)
    assert int(run.stdout) > 10_000


def test_everything_public_has_a_card():
    for name in al.__all__:
        thing = getattr(al, name)
        assert thing.__doc__, name
        if callable(thing) and not isinstance(thing, type):
            wanted = ["Returns", *(["Parameters"] if inspect.signature(thing).parameters else [])]
            for section in [*wanted, "Examples"]:
                assert section in thing.__doc__, f"{name} has no {section}"


def test_names_are_real():
    for name in al.__all__:
        assert getattr(al, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'hedgin'"):
        al.hedgin  # noqa: B018


def test_what_types_see_is_what_is_opened():
    """Each public name is the object that its room in the stub holds, and is listed once."""
    stub = ast.parse((SRC / "__init__.pyi").read_text(encoding="utf-8"))
    listed = [alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(listed) == al.__all__ == dir(al)
    assert len(set(listed)) == len(listed)


def test_the_repository_names_no_machine():
    words = ["/" + folder + "/" for folder in ("work", "tmp", "root", "home")]
    for path in [
        p for folder in ("src", "tests", "examples", "benchmarks", "docs") for p in (ROOT / folder).rglob("*")
    ]:
        if path.suffix in {".py", ".md", ".csv"}:
            text = path.read_text(encoding="utf-8")
            assert not [word for word in words if word in text], path


def readme_blocks(language: str) -> list[str]:
    parts = (ROOT / "README.md").read_text(encoding="utf-8").split("```")
    return [p.removeprefix(language + "\n") for p in parts[1::2] if p.startswith(language + "\n")]


def test_the_readmes_code_runs_and_prints_what_it_says(capsys):
    """Each python block is followed by a text block: its real output."""
    blocks, outputs = readme_blocks("python"), readme_blocks("text")
    assert blocks
    for code, expected in zip(blocks, outputs, strict=True):
        exec(compile(code, "README.md", "exec"), {})
        assert capsys.readouterr().out.split() == expected.split()


def test_a_portfolio_of_ties_says_what_it_needs(asean):
    """Every measure of ties is asked the same in test_laws."""
    told = r"Ties, a Ledger or Events are needed here, as Ledger.post\(events\).ties\(\) or .* not DataFrame"
    with pytest.raises(TypeError, match=told):
        al.portfolio_from_ties(asean.to_frame())


@pytest.mark.parametrize("door", [al.Ledger.post, lambda x: al.impact(x, score=al.AlignmentOf("KHM", "CHN"))])
def test_doors_of_events_say_what_they_need(door):
    with pytest.raises(
        TypeError, match=r"Events are needed here, as Events.from_frame\(table\) makes them, not dict"
    ):
        door({"source": ["KHM"]})


@pytest.mark.parametrize(
    ("powers", "told"), [({"CHN", "USA"}, "a set, which has no order"), ("CHN", "one text")]
)
def test_powers_come_in_an_order(ties, powers, told):
    with pytest.raises(TypeError, match=told):
        al.hedging(ties, powers=powers)
    with pytest.raises(TypeError, match=told):
        al.HedgingOf("KHM", powers)


def test_no_test_is_named_by_where_its_value_lies(request):
    """Processes that share the tests would each know it by another name, and run none."""
    assert not [item.nodeid for item in request.session.items if " at 0x" in item.nodeid]
