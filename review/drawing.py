"""Charts made on the server as SVG: nothing to load, and each has a table with the same figures beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from review.dates import day
from storage.search.links import Graph, Node

SIDE = 800  # of a graph
_WIDTH, _HEIGHT = 640, 160
_TEXT = Markup('<text x="{:.1f}" y="{:.1f}"{}>{}</text>')


def bars(values: Sequence[tuple[str, int]]) -> Markup:
    """One bar per month (ISO 8601) or other word; decoration for those who see it, the table says the same."""
    if not values:
        return Markup("")
    most = max(number for _, number in values)
    step = _WIDTH / len(values)
    parts = []
    for at, (_, number) in enumerate(values):
        height = (_HEIGHT - 40) * number / most
        rect = Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
        parts.append(rect.format(at * step + 1, _HEIGHT - 20 - height, min(max(step - 2, 1), 60), height))
    ends = [_TEXT.format(0, _HEIGHT - 5, "", day(values[0][0])), _TEXT.format(0, 14, "", f"{most:,}")]
    if len(values) > 1:
        ends.append(_TEXT.format(_WIDTH, _HEIGHT - 5, Markup(' text-anchor="end"'), day(values[-1][0])))
    return _svg(_WIDTH, _HEIGHT, [*parts, *ends])


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node of a graph is drawn, on a square of ``SIDE``. ``kind``: seller, listing, or other."""

    kind: str
    x: float
    y: float
    radius: float
    words: str


def network(graph: Graph, label: str) -> Markup:
    """The start in the middle, what it has around it, who shares it outside."""
    return _svg(SIDE, SIDE, network_parts(graph), label)


def network_parts(graph: Graph) -> list[Markup]:
    """Its lines, circles and words; how these look is the style sheet's."""
    spots = spots_of(graph)
    line = Markup('<line class="edge" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
    circle = Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>')
    parts = [line.format(spots[a].x, spots[a].y, spots[b].x, spots[b].y) for a, b in graph.edges]
    for one in spots.values():
        parts += [
            circle.format(one.kind, one.x, one.y, one.radius), _TEXT.format(one.x + 12, one.y + 4, "", one.words)
        ]  # fmt: skip
    return parts


def spots_of(graph: Graph) -> dict[str, Spot]:
    """Where each node is drawn, and how it is named: contacts by a number."""
    return {
        node.key: Spot(
            kind=node.kind if node.kind in ("seller", "listing") else "other",
            x=x,
            y=y,
            radius=max(4, 12 - 3 * node.step),
            words=f"#{node.id}" if node.kind == "seller" else node.key,
        )
        for node, (x, y) in ((graph.nodes[key], place) for key, place in _places(graph).items())
    }


def _places(graph: Graph) -> dict[str, tuple[float, float]]:
    ring = 340 / max(2, *(node.step for node in graph.nodes.values()))
    by_step: dict[int, list[Node]] = {}
    for node in graph.nodes.values():
        by_step.setdefault(node.step, []).append(node)
    return {
        node.key: (
            400 + ring * node.step * math.cos(2 * math.pi * at / len(nodes)),
            400 + ring * node.step * math.sin(2 * math.pi * at / len(nodes)),
        )
        for nodes in by_step.values()
        for at, node in enumerate(nodes)
    }


@dataclass(frozen=True, slots=True)
class Dot:
    """Listings at a point of the map. ``ring``: how far around it they may be, in degrees; 0 within a city."""

    latitude: float
    longitude: float
    number: int
    ring: float = 0.0


def world(dots: Sequence[Dot], label: str) -> Markup:
    """Circles on the map, as near as all fit in: the area grows with the number, those that would touch are one,
    and a dashed ring says how far off a point may be."""
    left, top, width = _frame(dots)
    scale = width / 720
    parts = [Markup('<image href="/map/world.svg" width="720" height="360"/>')]
    circle = Markup('<circle class="{}" cx="{:.2f}" cy="{:.2f}" r="{:.2f}" stroke-width="{:.2f}"{}/>')
    grouped = _grouped(dots, 12 * scale)
    most = max((number for _, _, number, _ in grouped), default=1)
    for x, y, number, ring in grouped:
        if ring:
            dashes = Markup(' stroke-dasharray="{:.2f}"').format(4 * scale)
            parts.append(circle.format("ring", x, y, ring * 2, 1.2 * scale, dashes))
        parts.append(circle.format("dot", x, y, (4 + 11 * math.sqrt(number / most)) * scale, 0, ""))
    return _svg(720, 360, parts, label, box=(left, top, width, width / 2))


def _on_map(dot: Dot) -> tuple[float, float]:
    return (dot.longitude + 180) * 2, (90 - dot.latitude) * 2


def _frame(dots: Sequence[Dot]) -> tuple[float, float, float]:
    """Left, top and width of what is shown of the map: at least 40 degrees, twice as wide as high."""
    if not dots:
        return 0, 0, 720
    places = [_on_map(dot) for dot in dots]
    (low_x, high_x), (low_y, high_y) = ((min(axis), max(axis)) for axis in zip(*places, strict=True))
    width = min(720.0, max(80.0, 1.3 * (high_x - low_x), 2.6 * (high_y - low_y)))
    left = min(max((low_x + high_x - width) / 2, 0), 720 - width)
    top = min(max((low_y + high_y - width / 2) / 2, 0), 360 - width / 2)
    return left, top, width


def _grouped(dots: Sequence[Dot], apart: float) -> list[tuple[float, float, int, float]]:
    """x, y, number and ring of what is drawn: a dot that would touch a larger one is counted there."""
    drawn: list[tuple[float, float, int, float]] = []
    for dot in sorted(dots, key=lambda one: -one.number):
        x, y = _on_map(dot)
        near = (at for at, (a, b, _, _) in enumerate(drawn) if math.hypot(a - x, b - y) < apart)
        at = next(near, None)
        if at is None:
            drawn.append((x, y, dot.number, dot.ring))
        else:
            a, b, number, ring = drawn[at]
            drawn[at] = (a, b, number + dot.number, max(ring, dot.ring))
    return drawn


def _svg(
    width: int, height: int, parts: Sequence[Markup], label: str = "",
    box: tuple[float, float, float, float] | None = None,
) -> Markup:  # fmt: skip
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    shown = " ".join(f"{number:g}" for number in box or (0, 0, width, height))
    head = Markup('<svg class="chart" viewBox="{}" {}>').format(shown, said)
    return head + Markup("").join(parts) + Markup("</svg>")
