"""The path at which version 0.1 read the tables that ship; now `alignscore.data`."""

from alignscore.errors import moved

__getattr__ = moved(__name__, {"shipped": "alignscore.data"})
