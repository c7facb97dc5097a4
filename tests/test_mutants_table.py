"""The table of planted bugs names texts that stand in the core, so that each is a bug when it is planted."""

import importlib.util
import sys
from pathlib import Path


def test_every_planted_text_stands_exactly_once():
    spec = importlib.util.spec_from_file_location("mutants", Path(__file__).with_name("mutants.py"))
    mutants = sys.modules["mutants"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mutants)
    assert mutants.misplaced() == {}
    assert len(mutants.MUTANTS) >= 60
    root = Path(__file__).resolve().parents[1]
    for name, mutant in mutants.MUTANTS.items():
        assert mutant.new != mutant.old, name
        for test in mutant.tests:
            assert (root / test).is_file(), (name, test)
