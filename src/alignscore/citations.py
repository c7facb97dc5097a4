"""What to cite for a number: its measure, its data and the library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd

from alignscore.data import shipped
from alignscore.errors import check_known
from alignscore.values import Frozen

FILTERED = "evidence"  # results whose past fades rest on the filter of Harvey and Fernandes
ENTRY = {"article": "article", "book": "book", "report": "techreport", "data": "misc", "software": "misc"}


@dataclass(frozen=True)
class Citation:
    """References as text and as BibTeX.

    Attributes
    ----------
    text : str
        One reference a line.
    bibtex : str
    """

    text: str
    bibtex: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.text.splitlines())
        return f"<ul>{lines}</ul><details><summary>BibTeX</summary><pre>{escape(self.bibtex)}</pre></details>"


def cite(result: Frozen | str, *, data: str | Iterable[str] = ()) -> Citation:
    """What should a paper cite that prints this number?

    The sources of the measure, of the data and of the codebook named, and the library itself, with its
    version. Measures that are this library's own cite the library alone.

    Parameters
    ----------
    result : Result or str
        A result, or the name of the function that made it, such as 'hedging'.
    data : str or iterable of str
        Data and codebooks the events came from: 'asean', 'formats', 'gdelt', 'icews', 'polecat', 'un_votes',
        'atop', 'desta', 'ladder', 'cameo', 'plover'.

    Returns
    -------
    Citation
        Its `text` and `bibtex`.

    Raises
    ------
    TypeError
        Neither a result nor a name.
    UnknownLabelError
        Data or a measure without an entry in the table of references.

    Examples
    --------
    >>> print(cite("ideal_points").text)
    Bailey, Strezhnev & Voeten (2017). Estimating Dynamic State Preferences ... doi:10.1177/0022002715595700
    The alignscore authors (2026). alignscore: Alignment and Hedging Indices ... version ...
    >>> cite("similarity").bibtex.splitlines()[0]
    '@article{signorino1999,'
    """
    recipe = {"measure": result} if isinstance(result, str) else getattr(result, "recipe", None)
    if not isinstance(recipe, Mapping):
        raise TypeError(f"cite takes a result or the name of a measure, not {type(result).__name__}.")
    if not isinstance(data, Iterable):
        raise TypeError(
            f"data is {data!r}; name the sources of the events, such as 'asean', in a text or a list."
        )
    table = shipped("references.csv")
    about = table["about"].str.split()
    known = sorted({name for names in about for name in names} - {FILTERED, "library"})
    wanted = list(data)
    if isinstance(data, str):
        wanted = [data] if data else []
    for name in wanted:
        check_known("source", name, known)
    if isinstance(result, str):
        check_known("measure", result, known)
    wanted.append(str(recipe.get("measure", "")))
    if "decay" in recipe:
        wanted.append(FILTERED)
    rows = table[about.map(lambda names: bool({*names} & {*wanted, "library"}))]
    return Citation(
        "\n".join(_text(row) for _, row in rows.iterrows()),
        "\n\n".join(_bibtex(row) for _, row in rows.iterrows()),
    )


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("alignscore")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"


def _text(row: pd.Series) -> str:
    families = [name.split(",")[0] for name in row["author"].split(" and ")]
    who = families[0] if len(families) == 1 else f"{', '.join(families[:-1])} & {families[-1]}"
    issue = row["volume"] + (f"({row['number']})" if row["number"] else "")
    where = ", ".join(part for part in (f"{row['journal']} {issue}".strip(), row["pages"]) if part)
    parts = [f"{who} ({row['year']}). {row['title']}."]
    parts += [f"{part}." for part in (where, row["publisher"]) if part]
    parts += [f"doi:{row['doi']}"] if row["doi"] else []
    parts += [f"version {_version()}."] if row["type"] == "software" else []
    return " ".join(parts)


def _bibtex(row: pd.Series) -> str:
    publisher = "institution" if row["type"] == "report" else "publisher"
    pages = row["pages"].replace("-", "--")
    note = f"Version {_version()}" if row["type"] == "software" else ""
    fields = {name: row[name] for name in ("author", "title", "year", "journal", "volume", "number")}
    fields |= {"pages": pages, publisher: row["publisher"], "doi": row["doi"], "note": note}
    if "," not in row["author"]:  # a body, which BibTeX would take for a given and a family name
        fields["author"] = "{" + row["author"] + "}"
    known = {name: text.replace("&", r"\&") for name, text in fields.items() if text}
    lines = (f"  {name} = {{{text}}}" for name, text in known.items())
    return f"@{ENTRY[row['type']]}{{{row['key']},\n" + ",\n".join(lines) + "\n}"
