"""What a reviewer can enter besides the decision: the words of each list, and the form as the browser sends it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from classifiers.lexicon import FORMS
from review.text import later
from storage.database import clean_text
from storage.decisions import Findings
from wildtrade.errors import UsageError
from wildtrade.records import DecisionLabel

SPECIMENS = {"live": later("Live"), "part": later("Part"), "derivative": later("Derivative")}
ORIGINS = {
    "wild": later("From the wild"),
    "captive": later("Bred or grown"),
    "antique": later("Antique"),
    "not_said": later("Not said"),
}
LEGALITIES = {
    "likely_illegal": later("Likely illegal"),
    "needs_permit_check": later("Needs a permit check"),
    "likely_legal": later("Likely legal"),
    "cannot_say": later("Cannot say"),
}
CONFIDENCES = {"certain": later("Certain"), "likely": later("Likely"), "possible": later("Possible")}
SENSITIVITIES = {
    "personal_data": later("Personal data"),
    "child_visible": later("A child is visible"),
    "graphic": later("Graphic"),
}
EXPERTS = {
    "mammals": later("Mammals"),
    "birds": later("Birds"),
    "reptiles": later("Reptiles and amphibians"),
    "marine": later("Fish and marine animals"),
    "insects": later("Insects and spiders"),
    "carvings": later("Ivory, horn, carvings"),
    "leather": later("Leather and fur"),
    "medicine": later("Traditional medicine"),
    "timber": later("Timber"),
    "plants": later("Living plants"),
}
SKIP_REASONS = {
    "language": later("Not my language"),
    "expertise": later("Not my field"),
    "picture": later("The picture is needed"),
    "disturbing": later("I would rather not see this"),
    "conflict": later("I know who this is"),
    "other": later("Another reason"),
}
PRODUCT_FORMS = tuple(sorted(FORMS - {"any"}))
LISTS = {
    "specimen": SPECIMENS,
    "origin": ORIGINS,
    "legality": LEGALITIES,
    "confidence": CONFIDENCES,
    "sensitivity": SENSITIVITIES,
    "expert": EXPERTS,
}
LONGEST_NOTE = 4000
_MOST_TAGS, _LONGEST_TAG = 20, 40


def _text(value: str) -> str:
    return clean_text(value.replace("\r\n", "\n").strip())


_PASSING = {"also", "skip_reason"}
Text = Annotated[str, AfterValidator(_text)]


class Entered(BaseModel):
    """The decision form. Everything may be empty; ``also`` names near-duplicates that get the same decision."""

    model_config = ConfigDict(extra="ignore")
    reason: Text = ""
    note: Text = ""
    taxon: Text = ""
    product_form: Text = ""
    specimen: Text = ""
    quantity: Text = ""
    origin: Text = ""
    legality: Text = ""
    confidence: Text = ""
    sensitivity: Text = ""
    tags: Text = ""
    place: Text = ""
    expert: Text = ""
    guard: Text = ""
    skip_reason: Text = ""
    also: Annotated[list[int], Field(max_length=100)] = []

    def draft(self) -> dict[str, str | list[str]]:
        """What is worth keeping of a form that is not sent yet."""
        return {
            name: value
            for name, value in self.model_dump(include=set(Entered.model_fields) - _PASSING).items()
            if value
        }

    def tag_list(self) -> list[str] | None:
        """The tags, each once; None for none."""
        tags = list(dict.fromkeys(" ".join(tag.split()) for tag in self.tags.split(",") if tag.strip()))
        return tags or None


class Submitted(Entered):
    """The same with the opinion the person saw."""

    assessment_id: Annotated[int, Field(ge=1, le=2**63 - 1)]


class Labelled(Submitted):
    """The same with the decision."""

    label: DecisionLabel


def check(entered: Entered, reasons: dict[str, str]) -> None:
    """Raise UsageError where the form holds what its page never sends, or too much."""
    for name, known in (*LISTS.items(), ("reason", reasons), ("skip_reason", SKIP_REASONS)):
        value = getattr(entered, name)
        if value and value not in known:
            raise UsageError(f"this {name.replace('_', ' ')} is not on the list", fix="choose one of the list")
    if entered.product_form and entered.product_form not in PRODUCT_FORMS:
        raise UsageError("this product form is not on the list", fix="choose one of the list")
    for name, most in (("note", LONGEST_NOTE), ("taxon", 200), ("quantity", 80), ("place", 200), ("guard", 200)):
        length = len(getattr(entered, name))
        if length > most:
            raise UsageError(f"the {name} has {length:,} characters", fix=f"write at most {most:,}")
    tags = entered.tag_list() or []
    if len(tags) > _MOST_TAGS or any(len(tag) > _LONGEST_TAG for tag in tags):
        raise UsageError("these are too many or too long tags", fix=f"at most {_MOST_TAGS} of {_LONGEST_TAG} letters")


def findings_of(entered: Entered, home: Path | None) -> Findings:
    """What is stored with the decision; a taxon gets its Appendix of today and the date of the list that says so.

    ``home`` is the folder of the workspace, which may have a newer list than the shipped one.
    """
    names = (*LISTS, "product_form", "quantity", "place")
    plain: dict[str, Any] = {name: getattr(entered, name) or None for name in names}
    return Findings(**plain, **_taxon(entered.taxon, home), tags=entered.tag_list())


def _taxon(name: str, home: Path | None) -> dict[str, str | None]:
    if not name:
        return {}
    from review.taxa import checklist

    known = checklist(home).taxon(name)
    return {"taxon": name, "appendix": known.appendix, "appendix_date": known.appendix_date}
