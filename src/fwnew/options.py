"""Options that several commands have, and what they do."""

from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print a summary for programs.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def print_json(wanted: bool, value: dict[str, Any]) -> None:
    if wanted:
        import json

        print(json.dumps(value, indent=2))
