"""Git as if nobody had configured it: what a template gives is the same for everybody.

Of a person's settings only those stay that lead to a repository: credentials, proxies, ssh, other names of a host.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from fwnew.system import disk
from fwnew.system.git import git

REACHING = (
    "core.askpass",
    "core.gitproxy",
    "core.longpaths",
    "core.sshcommand",
    "credential.",
    "fetch.fsck",
    "filter.lfs.",  # with Git LFS, a person gets a template's large files
    "http.",
    "lfs.",
    "protocol.",
    "safe.directory",
    "ssh.",
    "transfer.fsckobjects",
    "url.",
)
REACHING_VARIABLES = (
    "GIT_ASKPASS",
    "GIT_CEILING_DIRECTORIES",
    "GIT_CURL_",
    "GIT_EXEC_PATH",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
    "GIT_TERMINAL_PROMPT",
    "GIT_TRACE",
)
FIXED = (
    ("core.attributesFile", os.devnull),  # git has a default for both
    ("core.excludesFile", os.devnull),
    ("core.autocrlf", "false"),
    ("core.eol", "lf"),  # on Windows, too
    ("protocol.file.allow", "user"),  # a bundle is a file; a template's submodule stays without
)

Settings = list[tuple[str, str | None]]
"""Names and values in their order; None is git's name without a value, which means true."""


@contextmanager
def neutral(*, reaching: bool = True) -> Iterator[Path]:
    """Git's own defaults for this process and its children; gives an empty folder outside of any repository.

    With `reaching`, what leads to a repository stays the person's. Raises GitError when that cannot be read.
    """
    with disk.explain_full_disk(), tempfile.TemporaryDirectory(prefix="fwnew-") as name:
        root = Path(name).resolve()
        nowhere, file = root / "nowhere", root / "gitconfig"
        nowhere.mkdir()
        ceilings = [os.environ.get("GIT_CEILING_DIRECTORIES", ""), str(root.parent)]  # for what lies beside it, too
        changes = {
            **{name: None for name in os.environ if name.startswith("GIT_") and not _reaches(name)},
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": os.pathsep.join(filter(None, ceilings)),
            "GIT_CONFIG_GLOBAL": str(file),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TEMPLATE_DIR": "",
        }
        settings = _reaching(nowhere, str(root.parent)) if reaching else []
        file.write_text(_written([*settings, *FIXED]), "utf-8", errors="surrogateescape", newline="\n")
        with environment(changes):
            yield nowhere


@contextmanager
def environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Variables set, or unset where they are None, and put back afterwards."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _reaches(variable: str) -> bool:
    return variable.startswith(REACHING_VARIABLES)


def _reaching(nowhere: Path, ceiling: str) -> Settings:
    """The person's own settings that lead to a repository, whichever file or variable they come from."""
    printed = git("config", "--list", "-z", cwd=nowhere, variables={"GIT_CEILING_DIRECTORIES": ceiling})
    pairs = [entry.partition("\n") for entry in printed.split("\0")[:-1]]
    settings: Settings = [(name, value if has_value else None) for name, has_value, value in pairs]
    settings = [(name, value) for name, value in settings if name.startswith(REACHING)]
    only = os.environ.get("GIT_ALLOW_PROTOCOL")
    if only is None:
        return settings
    # This variable would refuse bundles, or allow submodules to be folders: the same as settings.
    allowed = [(f"protocol.{protocol}.allow", "always") for protocol in only.split(":") if protocol]
    settings = [(name, value) for name, value in settings if not name.startswith("protocol.")]
    return [*settings, ("protocol.allow", "never"), *allowed]


def _written(settings: Settings) -> str:
    """As a file for git: a safe.directory counts only in one."""
    lines = []
    for full, value in settings:
        section, _, rest = full.partition(".")
        subsection, _, name = rest.rpartition(".")
        lines.append(f"[{section} {_quoted(subsection)}]" if subsection else f"[{section}]")
        lines.append(name if value is None else f"{name} = {_quoted(value)}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
