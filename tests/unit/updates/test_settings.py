"""However a person has set up git, an update is the same, and so is its end."""

import os
from typing import Any

import pytest

from tests.harness.updates.cycle import Person, different, seen
from tests.kit.commands import failed
from tests.kit.git import git

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and modes as POSIX has them")

FAILS = "#!/bin/sh\nexit 1\n"


# As `set_up` in tests/kit/git.py reads them.
SETTINGS = {
    "autocrlf": ["core.autocrlf=true"],
    "autocrlf input": ["core.autocrlf=input"],
    "autocrlf in the repository": ["repository core.autocrlf=true"],
    "safecrlf with autocrlf": ["core.autocrlf=true", "core.safecrlf=true"],
    "safecrlf": ["core.safecrlf=true"],
    "eol": ["core.eol=crlf"],
    "eol in the repository": ["repository core.eol=crlf"],
    "fileMode in the repository": ["repository core.fileMode=false"],
    "quotePath": ["core.quotePath=true"],
    "no quotePath": ["core.quotePath=false"],
    "ignoreCase": ["repository core.ignoreCase=true"],
    "precomposeUnicode": ["repository core.precomposeUnicode=true"],
    "safe.bareRepository": ["safe.bareRepository=explicit"],
    "default hash": ["GIT_DEFAULT_HASH=sha256"],
    "templateDir": [
        "init.templateDir={home}/new", "new/info/exclude: *\n", "new/info/attributes: * -text merge=ours\n",
        f"new/hooks/post-index-change: {FAILS}", f"new/hooks/post-checkout: {FAILS}",
    ],
    "excludesFile": ["core.excludesFile={home}/ignored", "ignored: *.log\n*.bat\nadded\nold\n"],
    "exclude": [".git/info/exclude: *.log\n*.bat\nadded\nold\n"],
    "attributesFile eol": ["core.attributesFile={home}/all", "all: *.txt text eol=crlf\n"],
    "attributesFile text=auto eol": ["core.attributesFile={home}/all", "all: * text=auto eol=crlf\n"],
    "attributesFile union": ["core.attributesFile={home}/all", "all: * merge=union -diff\n"],
    "attributes at home": [".config/git/attributes: *.txt text eol=crlf\n"],
    "attributes of a filter": [
        "core.attributesFile={home}/all", "all: *.txt filter=x ident\n", "filter.x.clean=cat", "filter.x.smudge=false",
    ],
    "attributes of the repository": [".git/info/attributes: * merge=union -diff -text\n"],
    "conflictStyle diff3": ["merge.conflictStyle=diff3"],
    "conflictStyle zdiff3": ["merge.conflictStyle=zdiff3"],
    "merge.renames": ["merge.renames=false"],
    "merge.renameLimit": ["merge.renameLimit=1", "diff.renameLimit=1"],
    "merge.ff": ["merge.ff=only", "merge.verifySignatures=true", "pull.rebase=true"],
    "merge driver": ["merge.default=x", "merge.x.driver=false"],
    "diff.renames": ["diff.renames=false"],
    "diff.algorithm": ["diff.algorithm=histogram", "diff.indentHeuristic=false", "diff.context=0"],
    "diff.noprefix": ["diff.noprefix=true", "diff.mnemonicPrefix=true"],
    "diff.external": ["diff.external=false"],
    "diff.orderFile": ["diff.orderFile={home}/order", "order: z*\n", "diff.relative=true"],
    "GIT_EXTERNAL_DIFF": ["GIT_EXTERNAL_DIFF=false"],
    "GIT_DIFF_OPTS": ["GIT_DIFF_OPTS=-u0"],
    "color.ui": ["color.ui=always"],
    "rerere": ["rerere.enabled=true", "rerere.autoUpdate=true"],
    "status": ["status.showUntrackedFiles=no", "status.relativePaths=true", "status.branch=true", "status.short=true",
               "status.showStash=true", "status.aheadBehind=false"],
    "fsmonitor": ["core.fsmonitor={home}/watch", f"watch: {FAILS}"],
    "fsmonitor that sees nothing": ["core.fsmonitor={home}/watch", "watch: #!/bin/sh\nprintf 'token\\0'\n"],
    "untrackedCache": ["core.untrackedCache=true"],
    "index.sparse": ["index.sparse=true"],
    "index.version": ["index.version=4"],
    "splitIndex": ["core.splitIndex=true"],
    "manyFiles": ["feature.manyFiles=true", "feature.experimental=true"],
    "protocol.file": ["protocol.file.allow=never"],
    "protocol": ["protocol.allow=never"],
    "GIT_ALLOW_PROTOCOL": ["GIT_ALLOW_PROTOCOL=https"],
    "GIT_LITERAL_PATHSPECS": ["GIT_LITERAL_PATHSPECS=1"],
    "GIT_CONFIG_PARAMETERS": ["GIT_CONFIG_PARAMETERS='core.autocrlf=true' 'core.eol=crlf'"],
    "GIT_CONFIG_COUNT": ["GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.autocrlf", "GIT_CONFIG_VALUE_0=true"],
    "GIT_OPTIONAL_LOCKS": ["GIT_OPTIONAL_LOCKS=0", "GIT_FLUSH=1", "GIT_PAGER=false", "GIT_EDITOR=false"],
    "gc.auto": ["gc.auto=1", "gc.autoDetach=false", "maintenance.auto=true", "gc.pruneExpire=now"],
    "fetch.prune": ["fetch.prune=true", "fetch.pruneTags=true", "fetch.writeCommitGraph=true", "fetch.output=compact",
                    "fetch.unpackLimit=1", "fetch.negotiationAlgorithm=skipping", "fetch.parallel=0"],
    "fsckObjects": ["fetch.fsckObjects=true", "transfer.fsckObjects=true", "receive.fsckObjects=true"],
    "recurseSubmodules": ["fetch.recurseSubmodules=true", "submodule.recurse=true"],
    "uploadpack": ["transfer.hideRefs=refs", "uploadpack.hideRefs=refs", "uploadpack.packObjectsHook=false"],
    "log and core": ["log.showSignature=true", "core.pager=false", "core.editor=false", "core.abbrev=4",
                     "core.commentChar=l", "core.checkStat=minimal", "core.trustctime=false", "core.preloadIndex=false",
                     "core.sharedRepository=group", "core.compression=0", "core.bigFileThreshold=1"],
    "refs": ["core.warnAmbiguousRefs=false", "core.logAllRefUpdates=false", "core.createObject=rename"],
    "commit": ["commit.cleanup=scissors", "commit.template={home}/message", "message: x\n", "commit.verbose=true",
               "commit.status=false"],
    "i18n": ["i18n.commitEncoding=ISO-8859-1", "i18n.logOutputEncoding=ISO-8859-1"],
    "advice": ["advice.addIgnoredFile=false", "advice.detachedHead=false"],
    "checkout": ["checkout.workers=4", "checkout.thresholdForParallelism=0", "checkout.guess=false"],
    "sparseCheckout without patterns": ["repository core.sparseCheckout=true"],
    "alias": ["alias.status=!false", "alias.fetch=!false"],
    "trace": ["GIT_TRACE=2", "trace2.normalTarget=2"],
    "core.worktree": ["repository core.worktree=.."],
    "bare is unset": ["repository core.bare="],
    "hooksPath": ["core.hooksPath={home}/hooks", f"hooks/post-index-change: {FAILS}", f"hooks/post-checkout: {FAILS}"],
    "hooks that a commit does not run": [
        f".git/hooks/{name}: {FAILS}" for name in ("post-index-change", "post-checkout", "post-merge", "pre-push",
                                                   "post-commit", "pre-auto-gc", "fsmonitor-watchman", "update")
    ],
}  # fmt: skip
FRESH = ["safecrlf with autocrlf", "attributesFile text=auto eol", "default hash", "GIT_ALLOW_PROTOCOL", "uploadpack"]
"""Those that could change what is rendered: their renderings are not kept."""


@pytest.mark.parametrize("name", SETTINGS)
def test_no_setting_changes_an_update(plain: Any, goes_through: Any, name: str, request: pytest.FixtureRequest) -> None:
    if name not in FRESH:
        request.getfixturevalue("rendered_once")
    wanted = plain()
    assert different(goes_through(SETTINGS[name])[1], wanted) == []


CLASHES = [
    "conflictStyle diff3", "conflictStyle zdiff3", "attributesFile union", "merge driver", "rerere", "autocrlf",
    "safecrlf with autocrlf", "color.ui", "diff.algorithm", "attributesFile eol", "templateDir",
    "attributes of the repository",
]  # fmt: skip


@pytest.mark.usefixtures("rendered_once")
@pytest.mark.parametrize("name", CLASHES)
def test_no_setting_changes_a_conflict(plain: Any, goes_through: Any, name: str) -> None:
    wanted = plain(clash=True)
    assert wanted["update"]["code"] == 1
    assert different(goes_through(SETTINGS[name], clash=True)[1], wanted) == []


DIFFS = [name for name in SETTINGS if name.startswith(("diff", "GIT_", "color", "quote", "no quote", "attributes"))]


@pytest.mark.usefixtures("rendered_once")
@pytest.mark.parametrize("name", DIFFS)
def test_no_setting_changes_the_difference_that_is_shown(
    person: Person, configure: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = person.new()
    person.edits(project)
    wanted = person.fwnew("update", "--dry-run", "demo")
    configure(SETTINGS[name])
    configure(SETTINGS[name], project)
    assert person.fwnew("update", "--dry-run", "demo") == wanted
    assert "+line three" in wanted.out


HINDERS = {
    "gpgsign": (["commit.gpgSign=true", "user.signingKey=nobody", "gpg.program=false"], "gpg failed to sign the data"),
    "gpgsign without gpg": (["commit.gpgSign=true", "gpg.program=/nowhere/gpg"], "cannot run /nowhere/gpg"),
    "pre-commit": ([f".git/hooks/pre-commit: {FAILS}"], "git gave no reason"),
    "pre-commit that speaks": ([".git/hooks/pre-commit: #!/bin/sh\necho no tests >&2\nexit 1\n"], "no tests"),
    "commit-msg": (["core.hooksPath={home}/hooks", f"hooks/commit-msg: {FAILS}"], "git gave no reason"),
    "reference-transaction": (
        [f".git/hooks/reference-transaction: {FAILS}"], "ref updates aborted by hook",
    ),
    "no identity": (["repository user.name="], "empty ident name"),
}  # fmt: skip


@pytest.mark.usefixtures("rendered_once")
@pytest.mark.parametrize("name", HINDERS)
def test_what_hinders_a_commit_hinders_nothing_else(plain: Any, goes_through: Any, person: Person, name: str) -> None:
    wanted, (settings, reason) = plain(), HINDERS[name]
    project, found = goes_through(settings)
    refused, _ = found.pop("commit"), found.pop("commit: not committed")
    assert different(found, {name: value for name, value in wanted.items() if not name.startswith("commit")}) == []
    message, hint, *more = refused["error"].splitlines()
    assert (refused["code"], reason in message, "fwnew update --abort" in hint, more) == (1, True, True, [])
    staged = {part: refused[part] for part in ("work tree", "index", "commit")}
    assert different(staged, {part: found["update"][part] for part in staged}) == []
    assert person.fwnew("update", "--abort", "demo").code == 0
    assert different(seen(project), wanted["edited"]) == []


@pytest.mark.usefixtures("rendered_once")
@pytest.mark.parametrize("state", ["MERGE_HEAD", "CHERRY_PICK_HEAD"])
def test_an_update_is_not_committed_as_a_part_of_a_merge(person: Person, state: str) -> None:
    project = person.new()
    head = git(project, "rev-parse", "HEAD")
    (project / ".git" / state).write_text(f"{head}\n")
    result = person.fwnew("update", "--yes", "--commit", "demo")
    failed(result, "is in progress", "fwnew update --abort")
    assert git(project, "rev-parse", "HEAD") == head
    assert person.fwnew("update", "--abort", "demo").code == 0
