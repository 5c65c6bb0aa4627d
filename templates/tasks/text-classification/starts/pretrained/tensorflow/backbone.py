"""The backbone: an encoder of KerasHub, its tokens, and its weights."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from tokenizers import BertWordPieceTokenizer, Tokenizer

from .backend import keras
from .config import Config
from .errors import UserError

hub: Any = import_module("keras_hub")  # after .backend, which makes TensorFlow quiet
TAKEN = {"token_ids", "padding_mask", "segment_ids"}


@dataclass(frozen=True)
class About:
    """What is known of a backbone: the tokens that it reads, and its weights."""

    tokenizer: str  # as JSON
    longest: int  # tokens of a text
    filler: int  # the token that fills a row
    notes: dict[str, str]


def describe(config: Config) -> About:
    """Return what is known of the backbone. UserError if it is not there, or does not fit."""
    words = read_tokenizer(config.backbone)
    backbone = load(hub.models.Backbone, config.backbone, load_weights=False)
    inputs = set(backbone.input) if isinstance(backbone.input, dict) else set()
    if not inputs <= TAKEN or "token_ids" not in inputs:
        raise UserError(f"{config.backbone} is not an encoder of texts: it takes other inputs.")
    found, known = words.get_vocab_size(), backbone.vocabulary_size
    if found > known:
        tokens = f"{found} tokens, and the network knows {known}"
        raise UserError(f"The tokenizer of {config.backbone} does not fit: it has {tokens}.")
    named = {"backbone": Path(config.backbone).name, "licence": "that of its source"}
    fillers = (words.token_to_id(token) for token in ("[PAD]", "<pad>"))
    filler = next((each for each in fillers if each is not None), 0)
    longest = getattr(backbone, "max_sequence_length", 10**9)
    return About(words.to_str(), longest, filler, named)


def read_tokenizer(name: str) -> Tokenizer:
    """Return the tokens of a backbone: of Transformers as they are, of KerasHub as BERT cuts."""
    folder = Path(name).expanduser()
    if (folder / "tokenizer.json").exists() and not (folder / "metadata.json").exists():
        try:
            return Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # noqa: BLE001 - a file may hold anything
            raise UserError(f"{folder}/tokenizer.json cannot be read: {error}.") from None
    found = load(hub.tokenizers.Tokenizer, name)
    if not isinstance(found, hub.tokenizers.WordPieceTokenizer):
        kinds = "those of BERT, DistilBERT and ELECTRA are, and folders of Transformers"
        raise UserError(f"{name} has a {type(found).__name__}, which is not read here; {kinds}.")
    places = {word: place for place, word in enumerate(found.vocabulary)}
    return Tokenizer.from_str(BertWordPieceTokenizer(places, lowercase=found.lowercase).to_str())


def build(config: Config, download: bool) -> keras.Model:
    """Return the backbone with its weights; or with random ones, where others will follow.

    It takes what KerasHub calls its inputs, and returns a vector for each token.
    """
    found = load(hub.models.Backbone, config.backbone, load_weights=download)
    outputs = found.output
    states = outputs["sequence_output"] if isinstance(outputs, dict) else outputs
    return keras.Model(found.input, states, name="backbone")


def load(kind: Any, name: str, **options: Any) -> Any:
    """Return what KerasHub reads of a folder, or of a hub. UserError says why it cannot."""
    folder = Path(name).expanduser()
    if name.startswith((".", "/", "~")) and not folder.is_dir():
        raise UserError(f"--backbone: there is no folder {name}.")
    try:
        return kind.from_preset(str(folder) if folder.is_dir() else name, **options)
    except Exception as error:  # noqa: BLE001 - a file may hold, and a hub answer, anything
        reason = " ".join(str(error).partition(". ")[0].rstrip(".").split())[:200]
        advice = " Where there is a network, save it in a folder; then pass that as --backbone."
        advice = "" if folder.is_dir() else advice
        raise UserError(f"{name} cannot be used: {reason}.{advice}") from None
