"""A copier.yml as ours may become: 60 factors and 7 tasks, whose traits decide what each of them offers."""

import json
from collections.abc import Callable, Sequence

import yaml

TASKS = [f"task{i}" for i in range(7)]
EXPORTS = [f"export{i}" for i in range(13)]
SERVERS = [f"server{i}" for i in range(8)]
LOOPS = ["standard", "compiled", "adapters", "trees"]
TRAITS = {
    task: {
        "starts": ["scratch", *(["backbone", "hub"] if i % 2 else [])],
        "loops": ["standard", *(["compiled", "adapters"] if i % 2 else ["trees"])],
        "exports": [export for j, export in enumerate(EXPORTS) if (i + j) % 4],
        "servers": [server for j, server in enumerate(SERVERS) if (i + j) % 3],
    }
    for i, task in enumerate(TASKS)
}
SMALL = " or ".join(f"'export{i}' in exports" for i in (1, 2, 5, 8, 11))


def refused(condition: str) -> str:
    return f"{{% if {condition} %}}cannot be{{% endif %}}" if condition else ""


def question(
    values: Sequence[str], condition: Callable[[str], str] = lambda _: "", **more: object
) -> dict[str, object]:
    choices = {f"Label of {value}": {"value": value, "validator": refused(condition(value))} for value in values}
    return {"type": "str", "choices": choices, **more}


def several(values: Sequence[str], condition: Callable[[str], str] = lambda _: "", **more: object) -> dict[str, object]:
    return question(values, condition, multiselect=True, **{"default": [], **more})


def trait(kind: str) -> Callable[[str], str]:
    return lambda value: f"'{value}' not in traits[task].{kind}"


def export(value: str) -> str:
    other = ["'pytorch'", "'tensorflow'", "'neither'"][EXPORTS.index(value) % 3]
    return f"'{value}' not in traits[task].exports or framework == {other}"


def server(value: str) -> str:
    if value in ("server0", "server1"):
        return f"'{value}' not in traits[task].servers or not small_runtime"
    return f"'export{SERVERS.index(value)}' not in exports"


QUESTIONS = {
    "traits": {"type": "yaml", "when": False, "default": json.dumps(TRAITS)},
    "framework": question(["pytorch", "tensorflow"]),
    "task": question(TASKS),
    "start": question(["scratch", "backbone", "hub"], trait("starts")),
    "loop": question(LOOPS, trait("loops")),
    "exports": several(EXPORTS, export, validator=refused("not exports"), default="{{ [traits[task].exports[0]] }}"),
    "small_runtime": {"type": "bool", "when": False, "default": f"{{{{ {SMALL} }}}}"},
    "serving": several(SERVERS, server),
    "container": several(
        ["docker", "compose", "kubernetes"],
        lambda _: "'server0' not in serving",
        validator=refused("container and 'docker' not in container"),
    ),
    "ci": question(["github", "gitlab", "none"]),
    "tools": several([f"tool{i}" for i in range(8)]),
    "tracker": question(["none", "mlflow", "wandb", "tensorboard", "trackio"]),
    "tracker_server": {"type": "bool", "default": False, "when": "{{ tracker == 'mlflow' }}"},
    "registry": question(["none", "mlflow", "hub"], validator=refused("registry == 'mlflow' and tracker != 'mlflow'")),
    "data": several([f"data{i}" for i in range(8)], lambda value: f"task == 'task{int(value[4:]) % 7}'"),
    "tuning": several(["optuna", "ray", "vizier"], lambda _: "loop == 'trees'"),
    "license": question(["MIT", "Apache-2.0", "BSD-3-Clause", "proprietary"]),
    "accelerator": question(["cpu", "gpu"]),
    "python": question(["3.11", "3.12", "3.13"]),
    "docs": {"type": "bool", "default": False},
    "private": {"type": "bool", "default": False},
    "monitoring": several(["metrics", "drift", "traces", "alerts"], lambda _: "not serving"),
}


def copier_yml() -> str:
    return yaml.safe_dump(QUESTIONS, sort_keys=False)
