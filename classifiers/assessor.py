"""From the text of a listing to an opinion that explains itself: reading, model, weights, limits, label."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Iterator
from copy import copy
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.cites import Appendices
from classifiers.context import Evidence
from classifiers.features import signal_tokens
from classifiers.learning.learned import Learned, Sample
from classifiers.lexicon import Lexicon
from classifiers.lexicons.workspace import load_in_use
from classifiers.limits import bounded
from classifiers.logodds import logit, sigmoid
from classifiers.model_files import ModelFiles, shipped_model
from classifiers.policy import CRAWL, DetectionPolicy, load_policy
from classifiers.reading import Reader, Text
from classifiers.scoring import Reason, Weights, reasons
from classifiers.taxonomy import load_statuses
from wildtrade.records import Assessment, Label, Signal, SignalKind, Taxon

if TYPE_CHECKING:
    from spacy.language import Language

_BATCH = 256


class Assessor:
    """Assesses listing texts. Load once, use for many; not for use by several threads at once."""

    def __init__(
        self,
        reader: Reader,
        nlp: Language,
        weights: Weights,
        policy: DetectionPolicy,
        appendices: Appendices,
        *,
        lexicon_version: str,
        model_version: str,
        learned: Learned | None = None,
        today: date | None = None,
    ) -> None:
        self.reader = reader
        self.policy = policy
        self.lexicon_version = lexicon_version
        self.model_version = model_version
        self._nlp = nlp
        self._weights = weights
        self._appendices = appendices
        self._learned = learned
        self._today = today or datetime.now(UTC).date()

    @classmethod
    def load(
        cls,
        extra_lexicon: Path | None = None,
        model: Path | None = None,
        policy: Path | None = None,
        *,
        lexicon: Lexicon | None = None,
        use: str = CRAWL,
        taxa: Path | None = None,
    ) -> Assessor:
        """Load the shipped lexicon, model and policy; ``extra_lexicon`` is a workspace's lexicon folder, of which the
        published version (or the draft, before the first is published) and the packs lie beside it. ``lexicon``
        replaces all of these. ``use`` says which policy of the file counts (see ``load_policy``);
        ``taxa`` is the folder of an imported official list (see ``taxonomy``).

        Raises ConfigError for a broken lexicon file, a missing model or a broken policy.
        """
        lexicon = lexicon or load_in_use(extra_lexicon)
        files = ModelFiles.read(model or shipped_model())
        assessor = cls(
            Reader.of(lexicon, files.ordinary_words),
            files.load_pipeline(),
            Weights(files.weights),
            load_policy(policy, use),
            load_statuses(taxa),
            lexicon_version=lexicon.version,
            model_version=files.version,
            learned=Learned.read(files.folder),
        )
        # Lexicon and model live as long as the process: the garbage collector need not look at them for every text.
        gc.collect()
        gc.freeze()
        return assessor

    def with_lexicon(self, lexicon: Lexicon) -> Assessor:
        """The same model and policy with another lexicon: what differs between the two is the lexicon's doing."""
        other = copy(self)
        other.reader = Reader.of(lexicon, self.reader.vocabulary.ordinary)
        other.lexicon_version = lexicon.version
        return other

    def assess(
        self,
        title: str | None,
        description: str | None,
        price: str | None = None,
        *,
        seller: str | None = None,
        language: str | None = None,
        images: int = 0,
    ) -> Assessment:
        """Assess one listing. ``price`` as stated; ``images`` is how many pictures it shows."""
        return next(self.assess_many([Text(title, description, price, seller, language, images)]))

    def assess_many(self, texts: Iterable[Text]) -> Iterator[Assessment]:
        """Assess a stream in constant memory, in order."""
        for text, evidence, model in self._judged(texts):
            yield self.conclude(text, evidence, model)

    def with_learned(self, learned: Learned, version: str) -> Assessor:
        """The same with a correction learned from decisions on top of the shipped model."""
        other = copy(self)
        other._learned, other.model_version = learned, version
        return other

    @property
    def flag_logit(self) -> float:
        """Log-odds from which a text is flagged."""
        return logit(self.policy.flag)

    def sample_many(self, texts: Iterable[Text]) -> Iterator[Sample]:
        """What decisions about texts are learned from: each text with the log-odds before anything so learned."""
        for _, evidence, model in self._judged(texts):
            yield _sample(evidence, self._total(reasons(evidence, model, "")))

    def _judged(self, texts: Iterable[Text]) -> Iterator[tuple[Text, Evidence, float]]:
        """Each text with its evidence and the text model's log-odds, in constant memory."""
        from classifiers.textmodel import LABEL, make_doc

        stream = iter(texts)
        while batch := list(islice(stream, _BATCH)):
            evidence = [self.reader.read(text) for text in batch]
            with self._nlp.memory_zone():
                docs = (make_doc(self._nlp, found.folded.text, signal_tokens(found)) for found in evidence)
                logits = [logit(doc.cats[LABEL]) for doc in self._nlp.pipe(docs, batch_size=_BATCH)]
            yield from zip(batch, evidence, logits, strict=True)

    def _total(self, given: Iterable[Reason]) -> float:
        """The log-odds that reasons add up to."""
        return self._weights.values["bias"] + math.fsum(self._weights.of(reason) for reason in given)

    def conclude(self, text: Text, evidence: Evidence, model_logit: float) -> Assessment:
        """Weigh the evidence about a text and the model's log-odds into an assessment."""
        bias = self._weights.values["bias"]
        given = list(reasons(evidence, model_logit, f"model:{self.model_version}"))
        signals = [self._signal(text, evidence, reason) for reason in given]
        total = self._total(given)
        without_lexicon = self._total(reason for reason in given if reason.name == "model")
        if self._learned is not None:
            correction = self._learned.correction(_sample(evidence, total))
            signals.append(_decided(correction, f"model:{self.model_version}"))
            total, model_logit, without_lexicon = (
                value + correction for value in (total, model_logit, without_lexicon)
            )
        if bound := bounded(self.policy, text.images, evidence, given, total, model_logit, without_lexicon):
            rule, allowed = bound
            signals.append(_rule(rule, allowed - total))
            total = bias + math.fsum(signal.weight for signal in signals)
        score = sigmoid(total)
        return Assessment(
            label=self._label(score),
            score=score,
            bias=bias,
            language=evidence.language,
            taxa=self._taxa(evidence),
            product_forms=_forms(evidence),
            intent=evidence.intent,
            signals=tuple(signals),
            lexicon_version=self.lexicon_version,
            model_version=self.model_version,
        )

    def _label(self, score: float) -> Label:
        if score >= self.policy.flag:
            return Label.FLAG
        return Label.UNSURE if score >= self.policy.unsure else Label.CLEAR

    def _signal(self, text: Text, evidence: Evidence, reason: Reason) -> Signal:
        weight = self._weights.of(reason)
        if reason.start is None or reason.end is None:
            return Signal(
                kind=reason.kind, field=None, start=None, end=None, text="", weight=weight,
                source=reason.source, message_key=reason.message_key,
            )  # fmt: skip
        start, end = evidence.folded.span(reason.start, reason.end)
        name, offset, stored = text.field_at(start)
        start, end = start - offset, min(end - offset, len(stored))
        return Signal(
            kind=reason.kind, field=name, start=start, end=end, text=stored[start:end], weight=weight,
            source=reason.source, message_key=reason.message_key,
        )  # fmt: skip

    def _taxa(self, evidence: Evidence) -> tuple[Taxon, ...]:
        taxa: dict[str, Taxon] = {}
        for one in sorted(evidence.seen, key=lambda one: not one.clear):
            term = one.hit.term
            if term.taxon and term.taxon not in taxa:
                taxa[term.taxon] = self._appendices.taxon(term.taxon, term.rank, self._today)
        return tuple(taxa.values())


def _rule(message_key: str, weight: float) -> Signal:
    return Signal(
        kind=SignalKind.CONTEXT, field=None, start=None, end=None, text="", weight=weight,
        source="policy:detection", message_key=message_key,
    )  # fmt: skip


def _decided(weight: float, source: str) -> Signal:
    return Signal(
        kind=SignalKind.MODEL, field=None, start=None, end=None, text="", weight=weight,
        source=source, message_key="model.decisions",
    )  # fmt: skip


def _sample(evidence: Evidence, logit: float) -> Sample:
    return Sample(evidence.folded.text, signal_tokens(evidence), logit)


def _forms(evidence: Evidence) -> tuple[str, ...]:
    clear_first = sorted(evidence.seen, key=lambda one: not one.clear)
    return tuple(dict.fromkeys(one.hit.term.form for one in clear_first if one.hit.term.form not in ("", "any")))
