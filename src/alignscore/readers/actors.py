"""The path at which version 0.1 knew who an actor is; now `alignscore.actors`."""

from alignscore.errors import moved

NAMES = ("iso3", "members", "member_spells", "bloc_members", "dissolved_states", "crosswalk", "resolve")
__getattr__ = moved(__name__, dict.fromkeys(NAMES, "alignscore.actors"))
