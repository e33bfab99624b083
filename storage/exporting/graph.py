"""A case as CASE/UCO 1.x JSON-LD: who captured what, when, with what, and which files prove it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from wildtrade import __version__

_ONTOLOGY = "https://ontology.unifiedcyberontology.org/uco/"
_CONTEXT = {
    "kb": "urn:wildtrade:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    **{f"uco-{part}": f"{_ONTOLOGY}{part}/" for part in ("action", "core", "identity", "observable", "tool", "types")},
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One exhibit for the graph. ``name`` is EX-001; ``sha256`` and ``size`` (bytes) are of the file at ``path``."""

    name: str
    url: str
    path: str
    sha256: str
    size: int
    captured_at: datetime
    sealed_at: datetime
    sealed_by: str


def case_graph(number: str, title: str, items: list[Item]) -> dict[str, Any]:
    """The JSON-LD document. Identifiers depend on nothing but the case, so that the same case has the same."""
    tool = {
        "@id": _id(number, "tool", "wildtrade"),
        "@type": "uco-tool:Tool",
        "uco-core:name": "wildtrade",
        "uco-tool:version": __version__,
    }
    people = {item.sealed_by: _id(number, "identity", item.sealed_by) for item in items}
    identities = [
        {"@id": one, "@type": "uco-identity:Identity", "uco-core:name": name} for name, one in sorted(people.items())
    ]
    objects = [one for item in items for one in _item(number, item, tool["@id"], people[item.sealed_by])]
    case = {
        "@id": _id(number, "case", number),
        "@type": "case-investigation:Investigation",
        "uco-core:name": f"{number}: {title}",
        "uco-core:object": [{"@id": one["@id"]} for one in (tool, *identities, *objects)],
    }
    return {"@context": _CONTEXT, "@graph": [case, tool, *identities, *objects]}


def _item(number: str, item: Item, tool: str, person: str) -> Iterator[dict[str, Any]]:
    def id_of(kind: str) -> str:
        return _id(number, kind, item.name)

    url, file, provenance = ({"@id": id_of(kind)} for kind in ("url", "file", "provenance"))
    yield {**url, "@type": "uco-observable:URL", "uco-core:hasFacet": [_url_facet(id_of("url-facet"), item)]}
    yield {**file, "@type": "uco-observable:File", "uco-core:hasFacet": _file_facets(id_of, item)}
    yield {
        **provenance,
        "@type": "case-investigation:ProvenanceRecord",
        "uco-core:description": f"Capture of {item.url}",
        "case-investigation:exhibitNumber": f"{number}-{item.name}",
        "uco-core:object": [file, url],
    }
    for kind, name, at in (("capture", "web capture", item.captured_at), ("sealing", "sealing", item.sealed_at)):
        yield {
            "@id": id_of(kind),
            "@type": "case-investigation:InvestigativeAction",
            "uco-core:name": name,
            "uco-action:startTime": _time(at),
            "uco-action:endTime": _time(at),
            "uco-action:instrument": [{"@id": tool}],
            "uco-action:performer": {"@id": tool if kind == "capture" else person},
            "uco-action:object": [url],
            "uco-action:result": [provenance, file],
        }


def _url_facet(name: str, item: Item) -> dict[str, Any]:
    return {"@id": name, "@type": "uco-observable:URLFacet", "uco-observable:fullValue": item.url}


def _file_facets(id_of: Any, item: Item) -> list[dict[str, Any]]:
    value = {"@type": "xsd:hexBinary", "@value": item.sha256}
    hashed = {"@id": id_of("hash"), "@type": "uco-types:Hash", "uco-types:hashMethod": "SHA256"}
    return [
        {
            "@id": id_of("file-facet"),
            "@type": "uco-observable:FileFacet",
            "uco-observable:fileName": item.path.rpartition("/")[2],
            "uco-observable:filePath": item.path,
        },
        {
            "@id": id_of("content"),
            "@type": "uco-observable:ContentDataFacet",
            "uco-observable:mimeType": "application/wacz",
            "uco-observable:sizeInBytes": item.size,
            "uco-observable:hash": [{**hashed, "uco-types:hashValue": value}],
        },
    ]


def _time(moment: datetime) -> dict[str, str]:
    return {"@type": "xsd:dateTime", "@value": moment.isoformat(timespec="seconds")}


def _id(number: str, kind: str, name: str) -> str:
    return f"kb:{kind}-{uuid5(NAMESPACE_URL, f'urn:wildtrade:{number}/{kind}/{name}')}"
