"""The template that is used: which one, whether it is allowed, and where it lies."""

from typing import Annotated

import typer

from fwnew.commands.options import Command, Debug, Json, filled, print_json
from fwnew.errors import UnwritableError

template_app = typer.Typer(help="Manage the template that fwnew uses.")

Template = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="SOURCE",
        envvar="FWNEW_TEMPLATE",
        parser=filled,
        help="Use another template: a git URL or a folder.",
    ),
]


@template_app.command(cls=Command)
def show(template: Template = None, as_json: Json = False, debug: Debug = False) -> None:
    """Show the template and its versions."""
    from fwnew.sources import source, trust
    from fwnew.terminal.blocks import Table
    from fwnew.terminal.blocks import show as show_blocks

    facts = {**source.facts(allowed_template(template, ask=False)), "allowed": trust.read().allowed}
    if not as_json:
        rows = [(name, ", ".join(value) if isinstance(value, list) else value) for name, value in facts.items()]
        show_blocks(Table([(name, value or "none") for name, value in rows]))
    print_json(as_json, {"schema": 1, **facts})


@template_app.command(cls=Command)
def allow(
    named: Annotated[str, typer.Argument(metavar="SOURCE", parser=filled, help="A git URL or a folder.")],
    debug: Debug = False,
) -> None:
    """Trust a template; SOURCE/ trusts all under it."""
    from fwnew.sources import trust

    print(f"{named} is allowed, says {trust.add(named)}")


@template_app.command(cls=Command)
def install(debug: Debug = False) -> None:
    """Install the template for `copier update`."""
    from fwnew.sources import bundle, source
    from fwnew.sources.address import INSTALLED

    copied = bundle.install()
    print(f"{INSTALLED}: {'installed' if copied else 'nothing to do'}, newest {source.find().ref}")


def install_carried() -> str:
    """Install the carried template where projects look for it; what to say where that cannot be written."""
    from fwnew.sources import bundle

    try:
        bundle.install()
    except UnwritableError as error:
        return f"{error.message}; `copier update` needs it: run `fwnew template install` where it can be"
    return ""


def allowed_template(named: str | None, *, ask: bool) -> str | None:
    """The template that is named, or else configured, once the person has allowed it; None for the carried one."""
    from fwnew.sources import trust

    config = trust.read()
    template = named or config.template
    if template and not config.allows(template):
        if not ask:
            raise trust.refusal(template)
        from fwnew.wizard.ask_project import confirm_template

        confirm_template(template)
        print(f"remembered in {trust.add(template)}")
    return template
