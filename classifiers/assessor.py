"""From the text of a listing to an opinion that explains itself: folding, lexicon, context, model, score, label."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.cites import Appendices
from classifiers.context import Evidence, weigh_context
from classifiers.features import SENSES, signal_tokens
from classifiers.folding import FIELD_BREAK
from classifiers.language import identify
from classifiers.learning.learned import Learned, Sample
from classifiers.lexicon import PACK, Lexicon
from classifiers.lexicons.workspace import load_in_use
from classifiers.matcher import Matcher
from classifiers.model_files import ModelFiles, shipped_model
from classifiers.policy import CRAWL, DetectionPolicy, load_policy
from classifiers.repairs import Vocabulary, fold_and_repair
from classifiers.scoring import Reason, Weights, reasons
from classifiers.silence import says_nothing
from classifiers.taxonomy import load_statuses
from wildtrade.records import Assessment, Intent, Label, Signal, SignalKind, Taxon

if TYPE_CHECKING:
    from spacy.language import Language

FIELDS = ("title", "description", "price")
_BATCH = 256
_MARGIN = 1e-6  # log-odds above a threshold, so that rounding does not undo a rule
_NO_TRADE = frozenset({"news", "awareness"})
_TRACES = frozenset({"sell", "buy", "contact", "price", "quantity", "permit", "wild", "captive"})  # of trade


@dataclass(frozen=True, slots=True)
class Text:
    """What is assessed: the words of one listing, as stored."""

    title: str | None
    description: str | None
    price: str | None = None
    seller: str | None = None
    language: str | None = None
    images: int = 0

    def joined(self) -> str:
        """All fields in one string, a FIELD_BREAK between them; a break of the text's own becomes a space."""
        fields = (self.title or "", self.description or "", self.price or "")
        return FIELD_BREAK.join(field.replace(FIELD_BREAK, " ") for field in fields)


class Reader:
    """The lexicon at work: what it finds in a text, before anyone weighs it."""

    def __init__(self, matcher: Matcher, vocabulary: Vocabulary) -> None:
        self.matcher = matcher
        self.vocabulary = vocabulary

    def read(self, text: Text) -> Evidence:
        """Fold, repair, match and look at the context."""
        joined = text.joined()
        language = _primary(text.language) or identify(f"{text.title or ''} {text.description or ''}")
        folded = fold_and_repair(joined, self.vocabulary, language)
        found = self.matcher.find(folded, language)
        return weigh_context(folded, found, language, has_price=bool(text.price and text.price.strip()))


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
        matcher = Matcher(lexicon)
        assessor = cls(
            Reader(matcher, matcher.vocabulary(files.ordinary_words)),
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
        matcher = Matcher(lexicon)
        return Assessor(
            Reader(matcher, matcher.vocabulary(self.reader.vocabulary.ordinary)),
            self._nlp,
            self._weights,
            self.policy,
            self._appendices,
            lexicon_version=lexicon.version,
            model_version=self.model_version,
            today=self._today,
        )

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
        stream = iter(texts)
        while batch := list(islice(stream, _BATCH)):
            evidence = [self.reader.read(text) for text in batch]
            yield from [
                self.conclude(text, found, logit)
                for text, found, logit in zip(batch, evidence, self._judge(evidence), strict=True)
            ]

    def with_learned(self, learned: Learned, version: str) -> Assessor:
        """The same with a correction learned from decisions on top of the shipped model."""
        other = copy(self)
        other._learned, other.model_version = learned, version
        return other

    @property
    def flag_logit(self) -> float:
        """Log-odds from which a text is flagged."""
        return _logit(self.policy.flag)

    def sample_many(self, texts: Iterable[Text]) -> Iterator[Sample]:
        """What decisions about texts are learned from: each text with the log-odds before anything so learned."""
        stream = iter(texts)
        while batch := list(islice(stream, _BATCH)):
            evidence = [self.reader.read(text) for text in batch]
            for found, logit in zip(evidence, self._judge(evidence), strict=True):
                weights = (self._weights.of(reason) for reason in reasons(found, logit, ""))
                yield _sample(found, self._weights.values["bias"] + math.fsum(weights))

    def _judge(self, evidence: list[Evidence]) -> list[float]:
        """The text model's log-odds."""
        from classifiers.textmodel import LABEL, make_doc

        with self._nlp.memory_zone():
            docs = (make_doc(self._nlp, found.folded.text, signal_tokens(found)) for found in evidence)
            return [_logit(doc.cats[LABEL]) for doc in self._nlp.pipe(docs, batch_size=_BATCH)]

    def conclude(self, text: Text, evidence: Evidence, model_logit: float) -> Assessment:
        """Weigh the evidence about a text and the model's log-odds into an assessment."""
        bias = self._weights.values["bias"]
        given = list(reasons(evidence, model_logit, f"model:{self.model_version}"))
        signals = [self._signal(text, evidence, reason) for reason in given]
        total = bias + math.fsum(signal.weight for signal in signals)
        if self._learned is not None:
            correction = self._learned.correction(_sample(evidence, total))
            signals.append(_decided(correction, f"model:{self.model_version}"))
            total, model_logit = total + correction, model_logit + correction
        limit = self._limit(text, evidence, given, total, model_logit)
        if limit is not None:
            signals.append(limit)
            total = bias + math.fsum(signal.weight for signal in signals)
        score = _sigmoid(total)
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
        name, offset, stored = _field(text, start)
        start, end = start - offset, min(end - offset, len(stored))
        return Signal(
            kind=reason.kind, field=name, start=start, end=end, text=stored[start:end], weight=weight,
            source=reason.source, message_key=reason.message_key,
        )  # fmt: skip

    def _limit(
        self, text: Text, evidence: Evidence, given: list[Reason], total: float, model_logit: float
    ) -> Signal | None:
        """The two rules that no weight may break, as a signal of its own so that the sum still holds."""
        pictures = self.policy.pictures_only
        if text.images >= pictures.least_images and says_nothing(evidence, pictures.most_words):
            if total < _logit(pictures.score):
                return _rule("context.pictures_only", _logit(pictures.score) - total)
            return None
        floor = _logit(self.policy.unsure) + _MARGIN
        if total < floor and _stands_beside_excused(evidence):
            return _rule("context.beside_excused", floor - total)
        ceiling = _logit(self.policy.alone)
        if evidence.seen and all(one.hit.term.packed for one in evidence.seen):
            ceiling = max(ceiling, self._without_lexicon(given))
        elif not _only_ambiguous(given, evidence.has_price, model_logit > _logit(self.policy.flag)):
            return None
        return _rule("context.ambiguous_alone", ceiling - total) if total > ceiling else None

    def _without_lexicon(self, given: list[Reason]) -> float:
        """What the model alone says: names of packs may neither make a flag nor take one away."""
        return self._weights.values["bias"] + sum(self._weights.of(one) for one in given if one.name == "model")

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


def _stands_beside_excused(evidence: Evidence) -> bool:
    """Whether a text in which one term has another sense ("ivory lace") also offers or seeks a plain, strong one."""
    if evidence.intent not in (Intent.SELL, Intent.BUY) or not _NO_TRADE.isdisjoint(evidence.cues):
        return False
    plain = [one for one in evidence.seen if one.clear and one.hit.strength == "strong" and not one.hit.repaired]
    senses = [one for one in evidence.seen if any(hit.guard.reason in SENSES for hit in one.guards)]
    return any(one.hit.term.group != other.hit.term.group for one in plain for other in senses)


def _only_ambiguous(given: list[Reason], has_price: bool, model_agrees: bool) -> bool:
    """Whether ambiguous and code words are all there is: no strong term, and not both a model that would flag by
    itself and either a second such word or a trace of trade (a price is one). Names of packs do not count."""
    ambiguous = [reason for reason in given if reason.name in ("weak", "code", "weak_excused")]
    words = [reason for reason in ambiguous if not reason.source.startswith(f"lexicon:{PACK}")]
    terms = {reason.source for reason in words}
    if not terms or any(reason.name in ("strong", "fuzzy", "strong_excused") for reason in given):
        return False
    cues = [reason for reason in given if reason.name in _TRACES]
    trade = has_price or any(not any(_within(cue, word) for word in words) for cue in cues)
    return not (model_agrees and (len(terms) > 1 or trade))


def _within(inner: Reason, outer: Reason) -> bool:
    return (outer.start or 0) <= (inner.start or 0) and (inner.end or 0) <= (outer.end or 0)


def _forms(evidence: Evidence) -> tuple[str, ...]:
    clear_first = sorted(evidence.seen, key=lambda one: not one.clear)
    return tuple(dict.fromkeys(one.hit.term.form for one in clear_first if one.hit.term.form not in ("", "any")))


def _field(text: Text, place: int) -> tuple[str, int, str]:
    """The field a place in the joined text lies in: name, where the field begins, its stored text."""
    offset = 0
    stored = ""
    for name in FIELDS:
        stored = getattr(text, name) or ""
        if place <= offset + len(stored) or name == FIELDS[-1]:
            return name, offset, stored
        offset += len(stored) + 1
    raise AssertionError("unreachable: the last field takes the rest")


def _primary(language: str | None) -> str | None:
    """'pt-BR' -> 'pt'; the lexicon is written per language, not per region."""
    if not language:
        return None
    primary = language.replace("_", "-").split("-")[0].lower()
    return {"zho": "zh", "ms": "id", "msa": "id", "ind": "id", "tl": "en", "und": None}.get(primary, primary) or None


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(clipped / (1 - clipped))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))
