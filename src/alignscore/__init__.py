"""Alignment and hedging indices of states from weighted interaction events.

Events are posted to a `Ledger`, its balances are `Ties`, and every score reads ties.
"""

import ast as _ast
from importlib import import_module as _import_module
from pkgutil import get_data as _get_data

__version__ = "0.2.0"


def _rooms() -> dict[str, str]:
    """Module that each public name is imported from, as the stub beside this file lists them."""
    listed = _get_data(__name__, "__init__.pyi")  # a path would lead nowhere in a zip
    stub = _ast.parse(listed or b"")
    return {
        alias.name: node.module or ""
        for node in stub.body
        if isinstance(node, _ast.ImportFrom)
        for alias in node.names
    }


_ROOM_OF = _rooms()
__all__ = sorted(_ROOM_OF)
_GUESSES = {  # what is looked for at the front door and stands behind it
    "ASEAN_MEMBERS": "datasets.ASEAN_MEMBERS",
    "Decay": "HalfLife(years=5), Window(periods=10), Cumulative() or Saturating()",
    "asean": "datasets.asean()",
    "diversification": "hedging(events, powers).diversification",
    "division": "bloc(events, members, powers).division",
    "engagement": "hedging(events, powers).engagement",
    "from_frame": "Events.from_frame(table)",
    "load": "Ledger.load(path)",
    "polarisation": "esteban_ray(...) or van_der_eijk(...)",
    "position": "hedging(events, powers).position",
    "post": "Ledger.post(events)",
    "read_csv": "Events.read_csv(path)",
    "read_excel": "Events.read_excel(path)",
    "read_parquet": "post_parquet(path, ...) or Events.from_frame(pandas.read_parquet(path))",
}


def __getattr__(name: str) -> object:
    """Open the room of a public name when it is first asked for, so that importing the library is light."""
    if name not in _ROOM_OF:
        way = _GUESSES.get(name)
        raise AttributeError(
            f"module 'alignscore' has no attribute {name!r}{f'; it is {way}' if way else ''}"
        )
    room = _ROOM_OF[name]
    found = _import_module(f"{room}.{name}") if room == __name__ else getattr(_import_module(room), name)
    globals()[name] = found  # the next look-up finds it here
    return found


def __dir__() -> list[str]:
    return __all__
