"""How many CPUs a project takes: what its process may use, and as many threads unless its user says otherwise."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.variants.model import Variant
from tests.kit.snapshots import write
from tests.kit.templates import Templates

from .conftest import Project

CGROUPS = Path("/sys/fs/cgroup")
PERIOD = 100_000  # microseconds
GROUPS_OF_A_PROCESS = {1: "4:memory:/other\n3:cpuset:/other\n2:cpu,cpuacct:/{0}\n0::/\n", 2: "0::/{0}\n"}
"""/proc/self/cgroup, by the version of Linux's control groups."""

QUOTAS = [([0.5], 1), ([1], 1), ([1.5], 2), ([2], 2), ([100], 64), ([None], 64), ([], 64)]
NESTED = [([None, 2, None], 2), ([8, None, 4, 6], 4), ([1.5, 3], 2), ([None, None], 64)]

Count = Callable[..., int]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a process its CPUs")


@pytest.fixture
def count(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts in a process that is in groups, each a part of the one before, with these quotas; None is none."""
    cpus, mine = project("cpus"), tmp_path / "cgroup"
    monkeypatch.setattr(cpus, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(cpus, "Path", lambda _: mine)

    def counted(version: int, quotas: Sequence[float | None], path: str | None = None, affinity: int = 64) -> int:
        shutil.rmtree(cpus.GROUPS, ignore_errors=True)
        top = group = cpus.GROUPS / ("cpu" if version == 1 else "")
        for number, quota in enumerate(quotas):
            group = group / f"group{number}" if number else top
            limit(group, version, quota)
        mine.write_text(GROUPS_OF_A_PROCESS[version].format(path or group.relative_to(top).as_posix().strip(".")))
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(affinity)), raising=False)
        return cpus.count()

    return counted


def limit(group: Path, version: int, quota: float | None) -> None:
    """Make a group, or a folder that looks like one, with a quota."""
    group.mkdir(parents=True, exist_ok=True)
    most = None if quota is None else round(quota * PERIOD)
    if version == 1:
        (group / "cpu.cfs_period_us").write_text(f"{PERIOD}\n")
        (group / "cpu.cfs_quota_us").write_text(f"{most or -1}\n")
    else:
        (group / "cpu.max").write_text(f"{most or 'max'} {PERIOD}\n")


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(("quotas", "cpus"), [*QUOTAS, *NESTED])
def test_the_least_quota_counts_and_a_part_of_a_cpu_is_one(
    count: Count, version: int, quotas: list[float | None], cpus: int
) -> None:
    assert count(version, quotas) == cpus


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_that_sees_its_own_group_as_the_top_has_its_quota(count: Count, version: int) -> None:
    assert count(version, [2], path="docker/0123abcd") == 2


@given(
    version=st.sampled_from([1, 2]),
    quotas=st.lists(st.none() | st.floats(0.01, 300), max_size=4),
    affinity=st.integers(1, 256),
)
def test_the_count_is_between_one_and_what_the_process_may_use(
    count: Count, version: int, quotas: list[float | None], affinity: int
) -> None:
    cpus = count(version, quotas, affinity=affinity)
    most = min([affinity, *(math.ceil(round(quota * PERIOD) / PERIOD) for quota in quotas if quota is not None)])
    assert 1 <= cpus == most


def test_without_control_groups_the_affinity_counts(count: Count, project: Project, tmp_path: Path) -> None:
    assert count(2, [], affinity=3) == 3
    (tmp_path / "cgroup").unlink()
    assert project("cpus").count() == 3


def counted(project: Project, first: str = "", *begin: str | Path) -> int:
    """What another process counts, after these statements, in a command that begins so."""
    program = f"import os; {first}; from {project.package} import cpus; print(cpus.count())"
    environment = {**os.environ, "PYTHONPATH": str(project.folder / "src")}
    return int(subprocess.check_output([*begin, sys.executable, "-c", program], env=environment))


@on_linux
def test_a_process_that_is_held_to_one_cpu_counts_one(project: Project) -> None:
    assert counted(project, "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})") == 1


@pytest.fixture(params=[0.5, 1])
def real_group(request: pytest.FixtureRequest) -> Iterator[Path]:
    version = 1 if (CGROUPS / "cpu").exists() else 2
    group = CGROUPS / ("cpu" if version == 1 else "") / f"fwnew-test-{os.getpid()}"
    try:
        limit(group, version, request.param)
        yield group
    except OSError as error:
        pytest.skip(f"no control group with a quota can be made here: {error}")
    finally:
        if group.exists():
            group.rmdir()


@on_linux
def test_a_process_in_a_real_group_counts_its_quota(project: Project, real_group: Path) -> None:
    assert counted(project, "pass", "sh", "-c", 'echo $$ > "$0" && exec "$@"', real_group / "cgroup.procs") == 1


SETTINGS = {
    "pytorch": {"OMP_NUM_THREADS": "{0}", "OMP_WAIT_POLICY": "PASSIVE"},
    "tensorflow": {"TF_NUM_INTRAOP_THREADS": "{0}", "TF_NUM_INTEROP_THREADS": "{0}"},
}
OTHERS = {
    "OMP_NUM_THREADS": "7",
    "OMP_WAIT_POLICY": "ACTIVE",
    "TF_NUM_INTRAOP_THREADS": "7",
    "TF_NUM_INTEROP_THREADS": "7",
}
IMPORT = {"pytorch": "import demo, torch", "tensorflow": "import demo.backend"}
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture(params=["pytorch", "tensorflow"])
def framework(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def seen(framework: str, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The settings that the framework sees when a project imports it, in a process with this environment."""
    write(tmp_path, Templates().render(Variant({"framework": framework, "project_name": "demo"})))
    for module, program in {"torch": SHOW, "tensorflow": SHOW, "keras": "import tensorflow"}.items():
        (tmp_path / "src" / f"{module}.py").write_text(program)  # in the place of the real one

    def seen(**environment: str) -> dict[str, str]:
        others = {name: value for name, value in os.environ.items() if name not in OTHERS}
        variables = {**others, "PYTHONPATH": str(tmp_path / "src"), **environment}
        found = json.loads(subprocess.check_output([sys.executable, "-c", IMPORT[framework]], env=variables))
        return {name: found[name] for name in SETTINGS[framework]}

    return seen


def test_a_framework_takes_as_many_threads_as_the_process_has_cpus(
    framework: str, seen: Callable[..., dict[str, str]], project: Project
) -> None:
    cpus = project("cpus").count()
    assert seen() == {name: value.format(cpus) for name, value in SETTINGS[framework].items()}


def test_a_framework_sees_what_its_user_has_set(framework: str, seen: Callable[..., dict[str, str]]) -> None:
    assert seen(**OTHERS) == {name: OTHERS[name] for name in SETTINGS[framework]}
