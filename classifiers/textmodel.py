"""The text model: a spaCy pipeline whose one component judges words, character n-grams and lexicon signals together.

It is a linear model over hashed features: small, fast on one core, the same on every machine, and open to inspection.
A document's first token is the whole canonical text, the others are signal tokens (see ``features``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from classifiers.logodds import sigmoid

LABEL = "WILDLIFE"
_BITS = 18
SIZE = 1 << _BITS
_NGRAMS = (2, 3, 4, 5)
_MOST_CHARACTERS = 20_000  # of a text the model reads; the lexicon reads all of it
_P = np.uint64(1_000_003)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(64 - _BITS)

_SALTS = np.array([0x9E37, 0x85EB, 0xC2B3, 0x27D5, 0x1657, 0xD3A3], np.uint64) * np.uint64(2) + np.uint64(1)  # by kind
_POWERS = np.concatenate(([np.uint64(1)], np.cumprod(np.full(_MOST_CHARACTERS, _P), dtype=np.uint64)))
_INVERSES = np.concatenate(
    ([np.uint64(1)], np.cumprod(np.full(_MOST_CHARACTERS, pow(int(_P), -1, 1 << 64), np.uint64), dtype=np.uint64))
)

Indexes = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float32]


def _bucket(hashes: npt.NDArray[np.uint64]) -> Indexes:
    mixed = (hashes ^ (hashes >> np.uint64(29))) * _MIX
    mixed = (mixed ^ (mixed >> np.uint64(32))) * _MIX
    return (mixed >> _SHIFT).astype(np.uint32)


def text_features(text: str) -> Indexes:
    """Hashed features of a canonical text (a space on each side of a word): words, word pairs, character n-grams."""
    codes = np.frombuffer(text[:_MOST_CHARACTERS].encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    characters = codes.astype(np.uint64)
    words = _word_hashes(characters)
    parts = [words * _SALTS[0], (words[:-1] * _P + words[1:]) * _SALTS[1]]
    grams = characters
    for order in range(2, max(_NGRAMS) + 1):
        if len(characters) < order:
            break
        grams = grams[:-1] * _P + characters[order - 1 :]
        parts.append(grams * _SALTS[order])
    return _once(_bucket(np.concatenate(parts)))


def _word_hashes(characters: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One hash per word: differences of a running sum, shifted back to where the word would stand first."""
    spaces = np.flatnonzero(characters == ord(" "))
    if len(spaces) < 2:
        return np.empty(0, np.uint64)
    running = np.cumsum(characters * _POWERS[: len(characters)], dtype=np.uint64)
    return (running[spaces[1:]] - running[spaces[:-1]]) * _INVERSES[spaces[:-1]]


def _once(indexes: Indexes) -> Indexes:
    indexes.sort()
    return indexes[np.concatenate(([True], indexes[1:] != indexes[:-1]))] if len(indexes) else indexes


def signal_features(signals: npt.NDArray[np.uint64]) -> Indexes:
    """Hashed features of signal tokens; they live in the table of ``SignalTextCat.signals``."""
    return _once(_bucket(signals))


class SignalTextCat:
    """A spaCy component: sets ``doc.cats["WILDLIFE"]`` to a calibrated probability.

    logit = bias + sum(text weights) / sqrt(number of text features) + sum(signal weights).
    """

    def __init__(self, name: str = "signal_textcat") -> None:
        self.name = name
        self.text: Weights = np.zeros(SIZE, np.float32)
        self.signals: Weights = np.zeros(SIZE, np.float32)
        self.bias = 0.0

    def __call__(self, doc: Doc) -> Doc:
        doc.cats[LABEL] = sigmoid(self.logit(doc))
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Judge documents one after the other (a sparse sum gains nothing from batches)."""
        del batch_size
        return map(self, stream)

    def logit(self, doc: Doc) -> float:
        """The calibrated log-odds that the text offers or seeks wildlife."""
        text, signals = features_of(doc)
        return self.score(text, signals)

    def score(self, text: Indexes, signals: Indexes) -> float:
        """Log-odds from feature indexes."""
        total = self.bias + float(self.signals[signals].sum())
        return total + float(self.text[text].sum()) / math.sqrt(max(len(text), 1))

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Weights as bytes (half precision: differences far below what calibration can tell)."""
        del exclude
        head = np.array([self.bias], np.float32).tobytes()
        return head + self.text.astype("<f2").tobytes() + self.signals.astype("<f2").tobytes()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> SignalTextCat:
        """Read what ``to_bytes`` wrote."""
        del exclude
        self.bias = float(np.frombuffer(data[:4], np.float32)[0])
        table = np.frombuffer(data[4:], "<f2").astype(np.float32)
        self.text, self.signals = table[:SIZE], table[SIZE:]
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the component's folder."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "weights.bin").write_bytes(self.to_bytes(exclude=exclude))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> SignalTextCat:
        """Read the component's folder."""
        return self.from_bytes((Path(path) / "weights.bin").read_bytes(), exclude=exclude)


@Language.factory("signal_textcat", assigns=["doc.cats"])
def _make(nlp: Language, name: str) -> SignalTextCat:
    del nlp
    return SignalTextCat(name)


def features_of(doc: Doc) -> tuple[Indexes, Indexes]:
    """Text and signal features of a document made by ``make_doc``."""
    orths: npt.NDArray[np.uint64] = doc.to_array(["ORTH"]).astype(np.uint64).reshape(-1)
    return text_features(doc[0].text if len(doc) else ""), signal_features(orths[1:])


def make_doc(nlp: Language, text: str, signals: list[str]) -> Doc:
    """A document of a canonical text and its signal tokens. Call within ``nlp.memory_zone()`` in long runs."""
    return Doc(nlp.vocab, words=[text[:_MOST_CHARACTERS] or " ", *signals])


def new_pipeline() -> Language:
    """An untrained pipeline."""
    nlp = spacy.blank("xx")
    nlp.add_pipe("signal_textcat")
    return _bare(nlp)


def _bare(nlp: Language) -> Language:
    """Words are only hashed here: their shape, prefix and the like are not worked out."""
    nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined] # missing in spaCy's stub
    return nlp


def component(nlp: Language) -> SignalTextCat:
    """The judging component of a pipeline."""
    found: Any = nlp.get_pipe("signal_textcat")
    if not isinstance(found, SignalTextCat):
        raise TypeError("the pipeline's signal_textcat is not ours")
    return found


def load_pipeline(folder: Path) -> Language:
    """Load a trained pipeline written by ``nlp.to_disk``."""
    return _bare(spacy.load(folder))
