"""A step that memory cannot hold is refused before it is taken, and no other."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .conftest import Project

MIB = 2**20
LIMITS = {1: "memory.limit_in_bytes", 2: "memory.max"}
GROUPS_OF_A_PROCESS = {1: "3:cpu:/other\n2:memory:/outer/inner\n0::/\n", 2: "0::/outer/inner\n"}
"""/proc/self/cgroup, by the version of Linux's control groups."""


@pytest.fixture
def limit(pretrained: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets this process be in a group, which is a part of another one, each with a limit."""
    cpus, mine = pretrained("cpus"), tmp_path / "cgroup"
    monkeypatch.setattr(cpus, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(cpus, "Path", lambda _: mine)

    def limit(version: int, outer: int | str, inner: int | str) -> None:
        group = tmp_path / "groups" / ("memory" if version == 1 else "") / "outer"
        (group / "inner").mkdir(parents=True)
        for folder, most in ((group, outer), (group / "inner", inner)):
            (folder / LIMITS[version]).write_text(f"{most}\n")
        mine.write_text(GROUPS_OF_A_PROCESS[version])

    return limit


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("outer", "inner"), [(300 * MIB, 200 * MIB), (200 * MIB, 300 * MIB)])
def test_the_least_limit_of_a_container_counts(
    limit: Callable[..., None], pretrained: Project, version: int, outer: int, inner: int
) -> None:
    limit(version, outer, inner)
    assert pretrained("memory").total() == 200 * MIB


@pytest.mark.parametrize(("version", "none"), [(1, 2**63 - 4096), (2, "max")])
def test_without_a_limit_the_memory_of_the_machine_counts(
    limit: Callable[..., None], pretrained: Project, version: int, none: int | str
) -> None:
    limit(version, none, none)
    assert pretrained("memory").total() == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@given(kept=st.integers(1, 10**12), batch=st.integers(1, 10**6), there=st.integers(1, 10**13))
def test_a_step_is_refused_if_it_does_not_fit_and_the_advice_does(
    pretrained: Project, kept: int, batch: int, there: int
) -> None:
    memory, config, error = pretrained("memory"), pretrained("config").Config, pretrained("errors").UserError
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "total", lambda: there)
        if kept * batch <= there:
            memory.check(kept, config(batch_size=batch))
            return
        with pytest.raises(error) as refused:
            memory.check(kept, config(batch_size=batch))
        *_, advice = str(refused.value).rstrip(".").split()
        if advice.isdigit():
            memory.check(kept, config(batch_size=int(advice)))
        else:
            assert advice == "--image-size"
            assert kept * 3 > there


def test_a_training_of_the_head_alone_keeps_nothing(pretrained: Project) -> None:
    config = pretrained("config").Config(epochs=2, head_epochs=2, batch_size=2**40)
    pretrained("memory").check(2**40, config)
