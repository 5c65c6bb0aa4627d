"""The verbs of this project."""

import re
import sys
from importlib import import_module
from pathlib import Path

import tyro

from .config import parse

VERBS = {
    "train": "train the model: [smoke] for a quick look; goes on where it was interrupted",
    "evaluate": "measure the best epoch on the test split",
    "export": "write the model package, artifacts/",
    "verify": "run every artifact in its own runtime and compare its numbers",
    "predict": "classify images with the model package",
}


def main() -> None:
    name = Path(sys.argv[0]).name
    program = f"python -m {__package__}" if name == "__main__.py" else name
    usage = "\n".join([f"usage: {program} VERB [--help]\n", *(f"  {verb:<9} {does}" for verb, does in VERBS.items())])

    verb, *args = sys.argv[1:] or ["--help"]
    if verb in ("-h", "--help"):
        print(usage)
        return
    if verb not in VERBS:
        print(f"There is no verb {verb!r}.\n\n{usage}", file=sys.stderr)
        sys.exit(2)
    try:
        if verb == "train":
            config = parse(args, f"{program} train [smoke]")  # before the slow import, so that --help answers at once
            import_module(".train", __package__).main(config)
        else:
            command = import_module(f".{verb}", __package__).main
            tyro.cli(command, args=args, prog=f"{program} {verb}", config=(tyro.conf.FlagCreatePairsOff,))
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] == __package__:
            raise
        sys.exit(f"{verb} needs {error.name}, which is not installed: see Install in README.md")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # wherever it was raised: worker processes and TensorFlow's threads wrap it in errors of their own
        unreadable = re.findall(r"UnreadableImage: (.*)", f"{type(error).__name__}: {error}")
        if not unreadable:
            raise
        sys.exit(unreadable[-1])


if __name__ == "__main__":
    main()
