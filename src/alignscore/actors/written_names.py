"""The form in which a code or an English name is looked up, whatever its spelling.

Statistical offices write one state in many ways: "Korea, Rep.", "Republic of Korea", "KOREA (THE REPUBLIC
OF)". The order of the words, articles, accents, full stops and the usual short forms tell nothing, so a
name is looked up as its sorted words, each in its long form. What is left is compared as a whole: a cell
with one word more ("China and Japan", a footnote, a word in another script) matches nothing.
"""

from __future__ import annotations

import re
import unicodedata

# letters that Unicode does not take apart, and the typographic marks that stand for plain ones
PLAIN = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i",
        "&": " and ", "’": "'", "‘": "'", "ʼ": "'", "ʻ": "'",
        "´": "'", "`": "'", "′": "'", "＇": "'", "‐": "-", "‑": "-", "–": "-", "—": "-",
    }
)  # fmt: skip
PHRASES = (
    (re.compile(r"\bpeople s\b|\bpeoples?\b|\bpopular\b"), "peoples"),
    (re.compile(r"\bspecial administrative region\b"), "sar"),
    (re.compile(r"\bviet nam\b"), "vietnam"),
    (re.compile(r"\b(cote|d) d ivoire\b"), "cote divoire"),
    (re.compile(r"\bsoviet socialist republics?\b"), "ssr"),
)
# articles and connectives tell no two states apart
SILENT = frozenset({"the", "of", "and"})
LONG = {
    "rep": "republic", "republik": "republic", "dem": "democratic", "fed": "federal", "federated": "federal",
    "federative": "federal", "federation": "federal", "st": "saint", "ste": "saint", "sts": "states",
    "is": "islands", "isl": "islands", "isls": "islands", "isd": "islands", "isds": "islands", "island": "islands",
    "terr": "territories", "territory": "territories", "soc": "socialist", "afr": "african", "equat": "equatorial",
    "brit": "british", "br": "british", "fr": "french", "neth": "netherlands", "hercegovina": "herzegovina",
    "grens": "grenadines", "fmr": "former", "formerly": "former", "ex": "former", "usa": "us",
    "plur": "plurinational", "plurin": "plurinational", "n": "north", "s": "south", "e": "east", "w": "western",
}  # fmt: skip
# what stands before or behind a state's name as its form of government: "Republic of", "Kingdom of the"
GOVERNMENTS = (
    "republic", "democratic republic", "peoples republic", "peoples democratic republic", "socialist republic",
    "democratic socialist republic", "socialist federal republic", "federal republic", "federal democratic republic",
    "islamic republic", "federal islamic republic", "islamic emirate", "arab republic", "united republic",
    "bolivarian republic", "cooperative republic", "co operative republic", "republic union", "union", "ssr",
    "kingdom", "hashemite kingdom", "state", "independent state", "plurinational state", "federal", "federal states",
    "sultanate", "emirate", "principality", "grand duchy", "commonwealth", "eastern republic",
    "oriental republic", "sar", "territories", "country",
)  # fmt: skip
# several states bear these names: "Republic of Korea" is told in the table, "Kingdom of Korea" is unknown
SHARED = frozenset({"china", "congo", "germany", "korea", "vietnam", "yemen"})
_FORMS = frozenset(" ".join(sorted(government.split())) for government in GOVERNMENTS)
_GOVERNING = frozenset(word for government in GOVERNMENTS for word in government.split())
SPAN = re.compile(
    r"[(\[](?=[^)\]]*\d)(?:[^\w)\]]|\d|\b(?:before|until|till|to|up|since|from|after|prior|through)\b)*[)\]]"
)


def matching(code: str, system: str) -> str:
    """The form in which a code or name is looked up; '' for a cell without any sign.

    Examples
    --------
    >>> matching("Korea, Rep.", "name") == matching("KOREA (THE REPUBLIC OF)", "name")
    True
    >>> matching(" 0365.0 ", "cow"), matching("usa", "iso3")
    ('365', 'USA')
    """
    text = cleared(code)
    if system in ("cow", "gw", "iso_numeric"):
        number = re.fullmatch(r"0*(\d+)(\.0+)?", text)
        return number[1] if number else text
    if system not in ("name", "icews"):
        return text.upper()
    return " ".join(sorted(words(text)))


def cleared(text: str) -> str:
    """The text in its compatible Unicode form, without marks that no one sees, blanks trimmed."""
    if text.isascii():
        return text.strip()
    plain = unicodedata.normalize("NFKC", text)
    return "".join(one for one in plain if unicodedata.category(one) != "Cf").strip()


def words(text: str) -> list[str]:
    """The telling words of a name, each in its long form; letters of other scripts stay what they are."""
    text = text.casefold().translate(PLAIN)
    if not text.isascii():
        text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    text = " ".join(re.findall(r"[^\W_]+", text.replace("'", "")))
    text = re.sub(r"\b([^\W\d_]) (?=[^\W\d_]\b)", r"\1", text)  # U.S.A., P. R. China
    for pattern, phrase in PHRASES:
        text = pattern.sub(phrase, text)
    long = [LONG.get(word, word) for word in text.split()]
    return [word for word in long if word not in SILENT] or long


def without_span(text: str) -> str:
    """The name without years in brackets: "Sudan (before 2012)", "Serbia and Montenegro (...2005)"."""
    return SPAN.sub(" ", text.casefold())


def without_former(form: str) -> str:
    """A form less "former": "Fmr USSR", "Yugoslavia (former)"."""
    return " ".join(word for word in form.split() if word != "former")


def without_government(form: str) -> str:
    """A form less the words for its government; '' where that leaves nothing, or the name of several states.

    >>> without_government(matching("Poland, Rep. of", "name"))
    'poland'
    >>> without_government(matching("Democratic Republic of Germany", "name"))
    ''
    """
    given = form.split()
    own = " ".join(word for word in given if word not in _GOVERNING)
    government = " ".join(word for word in given if word in _GOVERNING)
    return own if government in _FORMS and own not in SHARED else ""
