"""The backbone: an encoder of Hugging Face's Transformers, its tokens, and its weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer
from transformers.utils import logging

from .config import Config
from .errors import UserError

logging.set_verbosity_error()
logging.disable_progress_bar()


@dataclass(frozen=True)
class About:
    """What is known of a backbone: the tokens that it reads, and its weights."""

    tokenizer: str  # as JSON
    longest: int  # tokens of a text
    filler: int  # the token that fills a row
    notes: dict[str, str]


def describe(config: Config) -> About:
    """Return what is known of the backbone. UserError if it is not there, or would run code."""
    settings, tokenizer = load(AutoConfig, config.backbone), load(AutoTokenizer, config.backbone)
    folder = Path(config.backbone).expanduser()
    if folder.is_dir() and not any(folder.glob("*.safetensors")):
        raise UserError(f"{folder} has no .safetensors; other files of weights could run code.")
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise UserError(f"{config.backbone} has no fast tokenizer, which a package needs.")
    if backend.get_vocab_size() > settings.vocab_size:
        found = f"{backend.get_vocab_size()} tokens, and the network knows {settings.vocab_size}"
        raise UserError(f"The tokenizer of {config.backbone} does not fit: it has {found}.")
    named = {"backbone": folder.name, "licence": "that of its source"}
    longest = min(tokenizer.model_max_length, getattr(settings, "max_position_embeddings", 10**9))
    return About(backend.to_str(), longest, tokenizer.pad_token_id or 0, named)


def load(kind: Any, name: str, **options: Any) -> Any:
    """Return what Transformers reads of a folder, or of the hub. UserError says why it cannot."""
    folder = Path(name).expanduser()
    if name.startswith((".", "/", "~")) and not folder.is_dir():
        raise UserError(f"--backbone: there is no folder {name}.")
    try:
        return kind.from_pretrained(str(folder), trust_remote_code=False, **options)
    except Exception as error:  # noqa: BLE001 - a file may hold, and a hub answer, anything
        reason = " ".join(str(error).partition(". ")[0].rstrip(".").split())[:200]
        if "trust_remote_code" in str(error):
            reason = "it brings code of its own, which is not run"
        advice = f" Where there is a network, `hf download {name} --local-dir FOLDER`"
        advice = "" if folder.is_dir() else f"{advice}; then pass the folder as --backbone."
        raise UserError(f"{name} cannot be used: {reason}.{advice}") from None


def build(config: Config, download: bool) -> nn.Module:
    """Return the backbone with its weights; or with random ones, where others will follow."""
    if not download:
        return AutoModel.from_config(load(AutoConfig, config.backbone))
    return load(AutoModel, config.backbone, use_safetensors=True)
