"""The project that a command is about."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fwnew.commands.options import filled_path
from fwnew.errors import FwnewError

if TYPE_CHECKING:
    from fwnew.updates.existing import Existing

Project = Annotated[
    Path,
    typer.Argument(
        metavar="PROJECT",
        parser=filled_path,
        help="The folder of the project; by default the current one.",
        show_default=False,
    ),
]


def existing_project(folder: Path) -> "Existing":
    """The project; where a killed update leaves none that can be read, that is what is said."""
    from fwnew.updates.apply import require_settled
    from fwnew.updates.existing import existing, locate

    try:
        return existing(folder)
    except FwnewError as error:
        try:
            place = locate(folder)
        except FwnewError:
            raise error from None
        require_settled(place)
        raise
