"""Charts made on the server as SVG: nothing to load, and each has a table with the same figures beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from storage.search.links import Graph, Node

_WIDTH, _HEIGHT = 640, 160
_TEXT = Markup('<text x="{:.1f}" y="{:.1f}"{}>{}</text>')


def bars(values: Sequence[tuple[str, int]]) -> Markup:
    """One bar per value; decoration for those who see it, the table says the same."""
    if not values:
        return Markup("")
    most = max(number for _, number in values)
    step = _WIDTH / len(values)
    parts = []
    for at, (_, number) in enumerate(values):
        height = (_HEIGHT - 40) * number / most
        rect = Markup('<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
        parts.append(rect.format(at * step + 1, _HEIGHT - 20 - height, min(max(step - 2, 1), 60), height))
    ends = [_TEXT.format(0, _HEIGHT - 5, "", values[0][0]), _TEXT.format(0, 14, "", f"{most:,}")]
    if len(values) > 1:
        ends.append(_TEXT.format(_WIDTH, _HEIGHT - 5, Markup(' text-anchor="end"'), values[-1][0]))
    return _svg(_WIDTH, _HEIGHT, [*parts, *ends])


def network(graph: Graph, label: str) -> Markup:
    """The start in the middle, what it has around it, who shares it outside."""
    places = _places(graph)
    line = Markup('<line class="edge" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
    parts = [line.format(*places[a], *places[b]) for a, b in graph.edges]
    for node in graph.nodes.values():
        x, y = places[node.key]
        kind = node.kind if node.kind in ("seller", "listing") else "other"
        circle = Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"/>').format(kind, x, y, 12 - 3 * node.step)
        words = f"#{node.id}" if node.kind == "seller" else node.key
        parts += [circle, _TEXT.format(x + 12, y + 4, "", words)]
    return _svg(800, 800, parts, label)


def _places(graph: Graph) -> dict[str, tuple[float, float]]:
    by_step: dict[int, list[Node]] = {}
    for node in graph.nodes.values():
        by_step.setdefault(node.step, []).append(node)
    return {
        node.key: (
            400 + 170 * node.step * math.cos(2 * math.pi * at / len(nodes)),
            400 + 170 * node.step * math.sin(2 * math.pi * at / len(nodes)),
        )
        for nodes in by_step.values()
        for at, node in enumerate(nodes)
    }


def world(points: Sequence[tuple[float, float, int]], label: str) -> Markup:
    """Circles on the map of the world: (latitude, longitude, number); the area grows with the number."""
    most = max((number for _, _, number in points), default=1)
    circle = Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="{:.1f}" fill-opacity=".7"/>')
    parts = [Markup('<image href="/map/world.svg" width="720" height="360"/>')]
    for latitude, longitude, number in points:
        parts.append(circle.format((longitude + 180) * 2, (90 - latitude) * 2, 3 + 12 * math.sqrt(number / most)))
    return _svg(720, 360, parts, label)


def _svg(width: int, height: int, parts: Sequence[Markup], label: str = "") -> Markup:
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" {}>').format(width, height, said)
    return head + Markup("").join(parts) + Markup("</svg>")
