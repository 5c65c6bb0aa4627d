"""Git without a person's settings, so that a template renders the same for everybody.

Only the settings that lead to a repository stay: credentials, proxies, ssh, URL rewrites.
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
    "filter.lfs.",  # fetches a template's large files
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
    ("core.attributesFile", os.devnull),  # unset, git reads both from a default path
    ("core.excludesFile", os.devnull),
    ("core.autocrlf", "false"),
    ("core.eol", "lf"),  # also on Windows
    ("protocol.file.allow", "user"),  # allows bundles, but no submodules from local folders
)

Settings = list[tuple[str, str | None]]
"""Names and values, in order; None stands for a name without a value, which means true."""


@contextmanager
def neutral(*, reaching: bool = True) -> Iterator[Path]:
    """Give this process and its children git's defaults; yield an empty folder outside of any repository.

    With `reaching`, keep the person's settings that lead to a repository. Raises GitError when these cannot be read.
    """
    with disk.explain_full_disk(), tempfile.TemporaryDirectory(prefix="fwnew-") as name:
        root = Path(name).resolve()
        nowhere, file = root / "nowhere", root / "gitconfig"
        nowhere.mkdir()
        ceilings = [os.environ.get("GIT_CEILING_DIRECTORIES", ""), str(root.parent)]  # for other folders there, too
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
    """Set variables, or unset them where they are None, and restore them afterwards."""
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
    """Return the person's settings that lead to a repository, from any file or variable."""
    printed = git("config", "--list", "-z", cwd=nowhere, variables={"GIT_CEILING_DIRECTORIES": ceiling})
    pairs = [entry.partition("\n") for entry in printed.split("\0")[:-1]]
    settings: Settings = [(name, value if has_value else None) for name, has_value, value in pairs]
    settings = [(name, value) for name, value in settings if name.startswith(REACHING)]
    only = os.environ.get("GIT_ALLOW_PROTOCOL")
    if only is None:
        return settings
    # The variable would refuse bundles, or allow submodules from local folders. The settings do neither.
    allowed = [(f"protocol.{protocol}.allow", "always") for protocol in only.split(":") if protocol]
    settings = [(name, value) for name, value in settings if not name.startswith("protocol.")]
    return [*settings, ("protocol.allow", "never"), *allowed]


def _written(settings: Settings) -> str:
    """Return the settings as a file: not every git reads safe.directory from elsewhere."""
    lines = []
    for full, value in settings:
        section, _, rest = full.partition(".")
        subsection, _, name = rest.rpartition(".")
        lines.append(f"[{section} {_quoted(subsection)}]" if subsection else f"[{section}]")
        lines.append(name if value is None else f"{name} = {_quoted(value)}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
