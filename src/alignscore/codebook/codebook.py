"""What a kind of event means: `Kind`, `Codebook`, and the shipped codebooks.

A codebook is a table: one row a kind, with its domains, its value on Goldstein's scale from -10 (conflict)
to 10 (cooperation), whether it stands or passes, and the reason. Shipped: `Codebook.ladder` (formats of
diplomacy), `Codebook.cameo`, `Codebook.plover`. All are proposals to read, edit and replace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from alignscore import display, errors
from alignscore.axes import COMPOSITE, codes_among
from alignscore.codebook.kind import (
    Kind,
    checked,
    digest,
    ending,
    frame_of,
    kinds_of,
    read_json,
    replaced,
    write_json,
)
from alignscore.data import shipped
from alignscore.decay import CODED_BY_MACHINE, Decay, HalfLife, decay_of
from alignscore.errors import as_path
from alignscore.tables.text_tables import text_file
from alignscore.tables.writing import write_table
from alignscore.values import FRAME_METHODS, Frozen, read_only

DOMAINS = ("economic", "diplomatic", "security")
# behind the name of a codebook whose kinds were changed: it does not pass for the one it was
EDITED = ", edited"


@dataclass(frozen=True, repr=False)
class Codebook(Frozen):
    """The kinds of event that can be posted, and what each means.

    Parameters
    ----------
    name : str
        Whatever tells it from others.
    kinds : sequence of Kind
        Names must be distinct.
    domains : sequence of str, default ("economic", "diplomatic", "security")
        Every domain a kind uses must be here.
    decay : HalfLife, Window, Cumulative or Saturating, default HalfLife(5)
        How events of these kinds fade where a ledger is not told otherwise. `cameo`, `plover` and what is edited from
        them have 2 years and the dispersion of news.

    Raises
    ------
    CodebookError
        Two kinds of one name, a domain that is not in `domains`, or one called "composite", as scores call all together.

    Notes
    -----
    Two codebooks are equal if everything in them is equal. The `fingerprint` is equal if they post alike:
    it leaves out names of codebooks, order, ranks, texts, and the decay, which a ledger states itself.

    Examples
    --------
    >>> book = Codebook.ladder()
    >>> book["two_plus_two"]
    <Kind two_plus_two: +6.5, diplomatic;security, standing, family joint_ministerial>
    >>> mine = book.with_values({"two_plus_two": 8}).without("praise")
    >>> mine.name, mine["two_plus_two"].value, len(book) - len(mine)
    ('ladder, edited', 8.0, 1)
    """

    GUESSES: ClassVar[Mapping[str, str]] = FRAME_METHODS | {
        "add": "with_kinds(Kind(...)), a new codebook",
        "replace": "with_values({'state_visit': 4.0}), a new codebook",
    }
    MADE_BY: ClassVar[str] = "Codebook.ladder(), Codebook.cameo() or Codebook.from_frame(table)"

    name: str
    kinds: tuple[Kind, ...]
    domains: tuple[str, ...] = DOMAINS
    decay: Decay = HalfLife()  # noqa: RUF009 (frozen)

    def __post_init__(self) -> None:
        object.__setattr__(self, "domains", errors.in_order("domains", self.domains))
        if len(set(self.domains)) < len(self.domains):
            raise errors.CodebookError(f"codebook {self.name!r}: a domain is named twice in {self.domains}.")
        if COMPOSITE in self.domains:
            raise errors.CodebookError(
                f"codebook {self.name!r}: {COMPOSITE!r} is the name of all domains together; rename that domain."
            )
        object.__setattr__(self, "kinds", checked(self.kinds, self.domains))
        decay_of(self.decay, self.decay)
        super().__post_init__()

    # -- shipped

    @classmethod
    def ladder(cls, *, values: Literal["goldstein", "fbic"] = "goldstein") -> Codebook:
        """Formats of diplomacy, from a phone call to a defence pact, and their opposites.

        Parameters
        ----------
        values : {"goldstein", "fbic"}, default "goldstein"
            ``goldstein``: each value is anchored on a score of Goldstein's scale for WEIS or CAMEO, which its
            reason names. ``fbic``: trade agreements, treaties and embassies take the points of the Formal
            Bilateral Influence Capacity index instead, each of the three ladders scaled so that its top rung
            keeps its value, and agreements and treaties in force side by side add up as they do there.

        Returns
        -------
        Codebook
            A value is one coder's proposal: read its ``reason`` and ``confidence``, and rerun scores under
            ``scaled`` or ``with_values``.

        References
        ----------
        Goldstein, J. S. (1992), Journal of Conflict Resolution 36(2), 369-385 (the scale).
        Moyer, J. D. et al. (2021), the FBIC index; see `published_ladders`.

        Examples
        --------
        >>> Codebook.ladder()["customs_union"].value, Codebook.ladder()["free_trade_agreement"].value
        (8.0, 6.5)
        >>> Codebook.ladder(values="fbic")["free_trade_agreement"].value  # 5 points of 20, times 9
        2.25
        """
        errors.one_of("values", values, ("goldstein", "fbic"))
        name = "ladder" if values == "goldstein" else "ladder-fbic"
        return _shipped(cls.from_frame, name, ladder_table, values)

    @classmethod
    def judged(cls) -> Codebook:
        """The ladder's kinds with values from judged pairs, each with its standard error.

        Returns
        -------
        Codebook
            Domains, standing and half-lives are the ladder's. `robustness` varies each value by its ``se``.

        Notes
        -----
        Four language models, instructed apart and blind to values, said of 1,446 pairs of kinds which of the
        two is the friendlier, each pair twice or more; the two judges of one list agree on 94 to 95 % of its
        pairs (of those that all four saw, judges of different lists on 79 to 88 %), so a pair counts once. The
        judges' order takes the ladder's spread, cooperative and hostile kinds apart. For hostile kinds it is
        near the ladder's (Spearman .79), for cooperative ones it is not (.48): Goldstein's scale puts acts that
        end a quarrel (ceasefire, territory returned, prisoners released) and money near an alliance, the judges
        put commitments first and such acts last. Neither is the truth: score under both (`CodebookChoice`).
        `trade_remedy` was not judged and keeps the ladder's value.

        Examples
        --------
        >>> Codebook.ladder()["ceasefire"].value, Codebook.judged()["ceasefire"].value
        (9.0, 1.0)
        >>> Codebook.judged()["two_plus_two"]
        <Kind two_plus_two: +7.4, diplomatic;security, standing, family joint_ministerial>
        """
        return _shipped(cls.from_frame, "judged", judged_table)

    @classmethod
    def cameo(
        cls, *, values: Literal["icews", "gdelt"] = "icews", interstate: Literal["any", "weak", "yes"] = "any"
    ) -> Codebook:
        """CAMEO event codes with Goldstein scores and this project's domains.

        Parameters
        ----------
        values : {"icews", "gdelt"}, default "icews"
            Whose scores; they differ on 016, 022 and 164. Five newer codes have no published score and take
            that of their parent, as their ``source`` says.
        interstate : {"any", "weak", "yes"}, default "any"
            How surely a code is about states dealing with states. Codes below have no domain: they are
            known, and post nothing. Codes of domestic life (curfew, strike) never have a domain.

        Returns
        -------
        Codebook
            Kinds are named by their codes, as text: ``"010"``.

        Examples
        --------
        >>> Codebook.cameo()["060"]
        <Kind 060: +6, economic:0.58;diplomatic:0.07;security:0.35>
        >>> Codebook.cameo(values="gdelt")["016"].value, Codebook.cameo()["016"].value
        (-2.0, -5.0)
        """
        errors.one_of("values", values, ("icews", "gdelt"))
        errors.one_of("interstate", interstate, ("any", "weak", "yes"))
        return _shipped(
            cls.from_frame, f"cameo-{values}", cameo_table, values, interstate, decay=CODED_BY_MACHINE
        )

    @classmethod
    def plover(cls) -> Codebook:
        """PLOVER event types and modes, named ``"CONSULT"`` and ``"CONSULT.visit"``.

        Returns
        -------
        Codebook
            Domains are those of an event without context; `plover_contexts` says which contexts override
            them. Scores are the manual's (ACCUSE with the sign it lost in print); modes without a score
            take that of their type.

        Examples
        --------
        >>> Codebook.plover()["CONSULT.visit"].value
        4.0
        """
        return _shipped(cls.from_frame, "plover", plover_table, decay=CODED_BY_MACHINE)

    # -- tables and files

    def to_frame(self) -> pd.DataFrame:
        """One row a kind, to read and to edit; `from_frame` takes it back.

        Returns
        -------
        pandas.DataFrame
            ``domains`` is text: ``"diplomatic;security"`` (each in full) or ``"economic:0.6;security:0.4"``.
        """
        return frame_of(self)

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, name: str, domains: Sequence[str] = DOMAINS, decay: Decay | None = None
    ) -> Codebook:
        """A codebook from a table with one row a kind.

        Parameters
        ----------
        frame : pandas.DataFrame
            Columns are the fields of `Kind`; ``name``, ``domains`` and ``value`` are needed, an empty cell
            means the default. ``name`` must be text, so that code 010 is not read as 10.
        name : str
            The codebook's name.
        domains : sequence of str
            Its domains.
        decay : HalfLife, Window, Cumulative or Saturating, optional
            How its events fade where a ledger is not told otherwise; 5 years where not given.

        Raises
        ------
        CodebookError
            A column that is missing, unknown or there twice, a name that is no text, or a kind that is refused.

        Examples
        --------
        >>> table = pd.DataFrame({"name": ["pact", "raid"], "domains": "security", "value": [8, -9]})
        >>> Codebook.from_frame(table, name="mine")
        <Codebook mine: 2 kinds (0 standing) in economic, diplomatic, security; values -9 to +8>
        """
        return cls(
            name, kinds_of(frame, name), errors.in_order("domains", domains), decay_of(decay, HalfLife())
        )

    def save(self, path: str | Path) -> None:
        """Write to ``.csv`` (a table to edit) or ``.json`` (which also carries name, domains and decay).

        Parameters
        ----------
        path : str or pathlib.Path
            Its ending decides.

        Raises
        ------
        FormatError
            Another ending.
        """
        path = as_path(path)
        if ending(path) == ".csv":
            write_table(self.to_frame(), path, formulas=True)
        else:
            write_json(path, self.name, self.domains, self.decay, self.kinds)

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        name: str | None = None,
        domains: Sequence[str] | None = None,
        decay: Decay | None = None,
    ) -> Codebook:
        """Read what `save` wrote, or a table made by hand.

        Parameters
        ----------
        path : str or pathlib.Path
            A ``.csv`` or ``.json`` file.
        name, domains, decay : optional
            Replace those of the file; a CSV has none, so its stem, the three default domains and 5 years are taken.

        Raises
        ------
        FormatError
            A file that is no codebook, or of a later version.
        CodebookError
            A kind that is refused.
        """
        path = as_path(path)
        if ending(path) == ".csv":
            table = text_file(path).frame()
            own = DOMAINS if domains is None else domains
            return cls.from_frame(table, name=name or path.stem, domains=own, decay=decay)
        stored, listed, fading, kinds = read_json(path)
        own = listed if domains is None else errors.in_order("domains", domains)
        return cls(name or stored, kinds, own, decay_of(decay, fading))

    # -- other valuations

    def with_kinds(self, *kinds: Kind) -> Codebook:
        """These kinds added, in place of kinds of the same names; the codebook's name says that it was edited."""
        merged = {kind.name: kind for kind in (*self, *checked(kinds, self.domains))}
        return self._edited(tuple(merged.values()))

    def _edited(self, kinds: tuple[Kind, ...]) -> Codebook:
        same = kinds == self.kinds or self.name.endswith(EDITED)
        return Codebook(self.name if same else self.name + EDITED, kinds, self.domains, self.decay)

    def without(self, *names: str) -> Codebook:
        """All kinds but these.

        Raises
        ------
        UnknownLabelError
            A name that is not in the codebook.
        """
        gone = {self[name].name for name in names}
        return self._edited(tuple(kind for kind in self if kind.name not in gone))

    def with_values(self, values: Mapping[str, float]) -> Codebook:
        """Other values for some kinds, by their names, and no standard error for these; all else as it is.

        Raises
        ------
        UnknownLabelError
            A kind that is not in the codebook.
        CodebookError
            A value outside [-10, 10].
        """
        errors.keyed("values", values, "{'state_visit': 4.0}")
        kinds = [(self[name], value) for name, value in values.items()]
        return self.with_kinds(
            *(replaced(kind, value=v, se=None if v != kind.value else kind.se) for kind, v in kinds)
        )

    def scaled(self, factor: float, *, beyond: Literal["raise", "clip"] = "raise") -> Codebook:
        """Every value, and its standard error, times `factor`.

        Parameters
        ----------
        factor : float
            Above 0. Shares do not change with it; what does is the weight against a score's prior mass.
        beyond : {"raise", "clip"}, default "raise"
            What becomes of values beyond -10 or 10: an error, or held there.

        Raises
        ------
        OptionError
            A factor that is not above 0 and finite.
        CodebookError
            A value beyond the scale, unless clipped.
        """
        errors.within("factor", factor, 0.0, open_low=True, open_high=True)
        errors.one_of("beyond", beyond, ("raise", "clip"))
        most = 10.0 if beyond == "clip" else np.inf
        values = zip(self.kinds, np.clip(self.values * factor, -most, most).tolist(), strict=True)
        return self.with_kinds(
            *(replaced(kind, value=v, se=None if kind.se is None else kind.se * factor) for kind, v in values)
        )

    def half_life(self, years: float | None = None) -> HalfLife:
        """The half-life to post with: `years`, and each kind's own where it has one.

        Parameters
        ----------
        years : float, optional
            For kinds without a half-life of their own; where not given those of `decay`. The dispersion is that of `decay`:
            how far events come in clusters depends on their source, not on how long they count.

        Raises
        ------
        OptionError
            No years, of a codebook whose `decay` is no half-life.

        Examples
        --------
        >>> Codebook.ladder().half_life(5).kinds["phone_call"]
        1.0
        """
        own = {kind.name: kind.half_life for kind in self if kind.half_life is not None}
        if years is not None:
            clusters = (
                self.decay.dispersion if isinstance(self.decay, HalfLife) and np.isfinite(years) else None
            )
            return HalfLife(years, kinds=own or None, dispersion=clusters)
        if not isinstance(self.decay, HalfLife):
            raise errors.OptionError(f"codebook {self.name!r} fades by {self.decay!r}; say how many years.")
        return replace(self.decay, kinds={**(self.decay.kinds or {}), **own} or None)

    # -- look-up

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the kinds, in the order of their codes."""
        return tuple(kind.name for kind in self.kinds)

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.names)}

    @cached_property
    def values(self) -> np.ndarray:
        """Value of each kind, float64, shape (n_kinds,)."""
        return read_only(np.array([kind.value for kind in self.kinds], dtype=float))

    @cached_property
    def standard_errors(self) -> np.ndarray:
        """Standard error of each kind's value, float64, shape (n_kinds,); NaN where it has none."""
        return read_only(np.array([kind.se for kind in self.kinds], dtype=float))  # None is NaN

    @cached_property
    def domain_shares(self) -> np.ndarray:
        """Share of each kind's mass in each domain, float64, shape (n_kinds, n_domains); 0 where none."""
        shares = np.zeros((len(self), len(self.domains)))
        place = {domain: at for at, domain in enumerate(self.domains)}
        for row, kind in zip(shares, self.kinds, strict=True):  # of many kinds and domains few meet
            for domain, share in kind.domains.items():
                row[place[domain]] = share
        return read_only(shares)

    @cached_property
    def standing(self) -> np.ndarray:
        """Whether each kind stands, bool, shape (n_kinds,)."""
        return read_only(np.array([kind.standing for kind in self.kinds], dtype=bool))

    @cached_property
    def families(self) -> tuple[str | None, ...]:
        """Family of each kind, None where it has none."""
        return tuple(kind.family for kind in self.kinds)

    @cached_property
    def family_codes(self) -> np.ndarray:
        """Code of each kind's family, intp, shape (n_kinds,); -1 where it has none."""
        distinct = dict.fromkeys(filter(None, self.families))
        return read_only(codes_among(self.families, distinct).astype(np.intp))

    @cached_property
    def fingerprint(self) -> str:
        """Digest of what decides how events are posted: equal for codebooks that post alike."""
        return digest(self.kinds, self.domains)

    def index(self, name: str) -> int:
        """Code of a kind: its position in `kinds`.

        Raises
        ------
        UnknownLabelError
            With the nearest known name.
        """
        errors.check_known("kind", name, self._codes)
        return self._codes[name]

    def find(self, text: str) -> pd.DataFrame:
        """Kinds whose name, label or reason holds all the words of a text, whatever their case.

        Parameters
        ----------
        text : str
            One word or several; part of a word is enough.

        Returns
        -------
        pandas.DataFrame
            ``name``, ``label``, ``domains``, ``value``, ``standing``, ``reason``; kinds found by name or label come
            before those found by their reason alone. Empty where there is none.

        Examples
        --------
        >>> Codebook.ladder().find("2+2")["name"].tolist()[0]
        'two_plus_two'
        """
        if not isinstance(text, str) or not text.split():
            raise TypeError(f"find takes a text to look for, such as '2+2'; got {text!r:.60}")
        words = text.casefold().replace("_", " ").split()

        def holds(*texts: str) -> bool:
            whole = " ".join(texts).casefold().replace("_", " ")
            return all(word in whole for word in words)

        named = [at for at, kind in enumerate(self) if holds(kind.name, kind.label)]
        meant = [at for at, kind in enumerate(self) if holds(kind.name, kind.label, kind.reason)]
        order = named + [at for at in meant if at not in named]
        columns = ["name", "label", "domains", "value", "standing", "reason"]
        return self.to_frame()[columns].iloc[order].reset_index(drop=True)

    def __getitem__(self, name: str) -> Kind:
        return self.kinds[self.index(name)]

    def __contains__(self, name: object) -> bool:
        return name in self._codes

    def __len__(self) -> int:
        return len(self.kinds)

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.kinds)

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def _repr_html_(self) -> str:
        return display.searchable(repr(self), self.to_frame()[["name", "domains", "value", "label"]])

    def __repr__(self) -> str:
        span = f"; values {self.values.min():+g} to {self.values.max():+g}" if self.kinds else ""
        size = f"{len(self)} kinds ({self.standing.sum()} standing)"
        return f"<Codebook {self.name}: {size} in {', '.join(self.domains)}{span}>"


@lru_cache(maxsize=16)
def _shipped(
    make: Callable[..., Codebook],
    name: str,
    table: Callable[..., pd.DataFrame],
    *options: str,
    decay: Decay | None = None,
) -> Codebook:
    """A shipped codebook: frozen, so that its table is read once and not at every door that takes events."""
    return make(table(*options), name=name, decay=decay)


def ladder_or(codebook: Codebook | None) -> Codebook:
    """The codebook, or the ladder where none is given."""
    if codebook is None:
        return Codebook.ladder()
    if not isinstance(codebook, Codebook):
        raise TypeError(f"codebook must be a Codebook, such as Codebook.ladder(); got {codebook!r:.60}")
    return codebook


def decay_under(decay: Decay | None, codebook: Codebook) -> Decay:
    """The decay given, or that of a codebook where none is; one that names no domain or kind of it is refused."""
    decay = decay_of(decay, codebook.decay)
    if isinstance(decay, HalfLife):
        decay.check(codebook.domains, codebook.names)
    return decay


# ---- the shipped tables -----------------------------------------------------------------------------
def published_ladders() -> pd.DataFrame:
    """Points that a published index gives to rungs of cooperation, beside this library's own values.

    Returns
    -------
    pandas.DataFrame
        ladder (trade_agreements, treaties, embassies), rung, points, kind (the `Codebook.ladder` kind
        nearest to it, empty if none), rule of combination, status (how the points are known), source.
        Points are the index's own: compare them within a ladder only.

    References
    ----------
    Formal Bilateral Influence Capacity index: Moyer, J. D., Meisel, C. J., Matthews, A. S., Bohl, D. K. &
    Burrows, M. J. (2021), China-US Competition: Measuring Global Influence, Atlantic Council; points
    recovered from its published columns.

    Examples
    --------
    >>> table = published_ladders()
    >>> table.loc[table["kind"] == "customs_union", ["rung", "points"]].values.tolist()
    [['customs union (CU)', 15.0]]
    """
    table = shipped("published_ladders.csv")
    return table.assign(points=pd.to_numeric(table["points"], errors="coerce"))


def plover_contexts() -> pd.DataFrame:
    """Which domain a PLOVER context points to, and which context goes first.

    Returns
    -------
    pandas.DataFrame
        context, domain (empty: domestic, points to none), rank (1 before 2 before 3), reason. Of an event's
        contexts the one of lowest rank decides; without any, the kind's own domains stand.

    Examples
    --------
    >>> plover_contexts().set_index("context").loc["military", "domain"]
    'security'
    """
    return shipped("plover_contexts.csv").astype({"rank": int})


def ladder_table(values: Literal["goldstein", "fbic"]) -> pd.DataFrame:
    """Kinds of `Codebook.ladder`, one row each, all cells text."""
    table = shipped("ladder.csv")
    return table if values == "goldstein" else _with_fbic_points(table)


def judged_table() -> pd.DataFrame:
    """Kinds of `Codebook.judged`: the ladder with the values that `values_from_pairs` gives, and why."""
    table = shipped("ladder.csv").set_index("name")
    judged = shipped("judged_values.csv").set_index("kind")
    rows = judged.index
    table["se"] = judged["se"].reindex(table.index).fillna("")
    table.loc[rows, "reason"] = (
        "judged in " + judged["pairs"] + " pairs; the ladder has " + table.loc[rows, "value"]
    )
    table.loc[rows, "value"] = judged["value"]
    table.loc[rows, ["source", "confidence"]] = ["judged pairs (values_from_pairs)", "medium"]
    return table.reset_index()


def cameo_table(values: Literal["icews", "gdelt"], interstate: Literal["any", "weak", "yes"]) -> pd.DataFrame:
    """Kinds of `Codebook.cameo`: one list of scores, and no domain below the wanted level of `interstate`."""
    table = shipped("cameo.csv")
    enough = {"any": ["yes", "weak", "no"], "weak": ["yes", "weak"], "yes": ["yes"]}[interstate]
    table = table.assign(
        value=table[values], domains=table["domains"].where(table["interstate"].isin(enough), "")
    )
    return table.drop(columns=["icews", "gdelt", "interstate"])


def plover_table() -> pd.DataFrame:
    """Kinds of `Codebook.plover`."""
    return shipped("plover.csv").drop(columns="recipient_required")


def _with_fbic_points(table: pd.DataFrame) -> pd.DataFrame:
    """The ladder with FBIC's points for values, each of its three ladders scaled to keep its top's value."""
    table = table.set_index("name")
    points = published_ladders()
    for _, rungs in points[points["kind"] != ""].groupby("ladder"):
        top = rungs["kind"].iloc[int(rungs["points"].argmax())]
        unit = float(table.loc[top, "value"]) / rungs["points"].max()
        for kind, given, rule in zip(rungs["kind"], rungs["points"], rungs["rule"], strict=True):
            reason = f"{given:g} FBIC points, times {unit:g} so that {top} keeps its value"
            cells = [repr(float(given * unit)), reason, "FBIC (Moyer et al. 2021)"]
            table.loc[kind, ["value", "reason", "source"]] = cells
            if rule.startswith("additive"):
                table.loc[kind, ["family", "rank"]] = ""
    return table.reset_index()
