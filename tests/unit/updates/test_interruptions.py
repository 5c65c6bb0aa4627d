"""Whatever a person does meanwhile, and wherever a command is killed: no byte that they wrote is lost."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.harness.updates.machine import Updates
from tests.harness.updates.world import world

RUNS = int(os.environ.get("FWNEW_RUNS", "50"))
ALWAYS_THE_SAME = "FWNEW_RUNS" not in os.environ  # a failure that chance brings up belongs to nightly


@pytest.fixture(autouse=True)
def folder() -> Iterator[None]:
    with world() as Updates.folder:
        yield


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked off")
def test_nothing_that_a_person_wrote_is_ever_lost() -> None:
    run_state_machine_as_test(
        Updates,
        settings=settings(
            max_examples=RUNS,
            derandomize=ALWAYS_THE_SAME,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
