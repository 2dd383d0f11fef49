"""The storm, short: all faults, all refusals, and nothing that was told is untrue.

Long it is `make storm`; that it finds what it is for, `make storm-bites` shows.
"""

import compileall
import shutil

import pytest

from tests.storms.storm import bites, defects
from tests.storms.storm.storm import storm
from tests.storms.storm.town import ROOT

SECONDS = 12.0


def test_nothing_that_was_told_is_lost_and_nothing_is_told_that_is_not():
    outcome = storm(seed=1, seconds=SECONDS)

    assert outcome.violations == []
    assert outcome.lacking == []


@pytest.mark.parametrize("defect", defects.DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_that_the_storm_is_to_find_can_still_be_planted(defect, tmp_path):
    for path in {edit.path for edit in defect.edits}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)

    defects.plant(tmp_path, defect.edits)

    assert compileall.compile_dir(tmp_path, quiet=1)


def test_a_defect_that_has_no_place_is_told(tmp_path):
    (tmp_path / "a").write_text("twice twice", "utf-8")

    with pytest.raises(ValueError, match="does not have once"):
        defects.plant(tmp_path, [defects.Edit("a", "twice", "once")])


def test_a_copy_has_all_that_runs():
    with bites.copied() as root:
        assert {path.name for path in root.iterdir()} == set(bites.COPIED)
        assert not (root / "tests" / "node" / "node_modules").exists()
