"""A graph as a picture in a file, drawn as the page draws it: SVG, and PNG for what reads no SVG. Nothing is loaded."""

from __future__ import annotations

import io

from markupsafe import Markup

from review.drawing import SIDE, network_parts, spots_of
from storage.exporting.forms import without_controls
from storage.search.links import Graph

_INK, _PAPER, _LINE = "#16222c", "#ffffff", "#b5bec6"
_LOOKS = {"seller": ("#0b5394", "#0b5394"), "listing": (_PAPER, _INK), "other": ("#ffe08a", "#8a6100")}  # fill, stroke
_WIDE = 900  # the words of the rightmost nodes need room
_SCALE = 2  # pixels of the PNG per unit
_SVG = Markup(
    '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}"'
    ' viewBox="0 0 {wide} {high}" role="img" aria-labelledby="title"><title id="title">{title}</title>'
    '<style>{style}</style><rect width="{wide}" height="{high}" fill="{paper}"/>{parts}</svg>\n'
)


def write_svg(graph: Graph, title: str) -> bytes:
    """The graph as SVG 1.1 in UTF-8 that brings its own looks."""
    looks = (f".{kind}{{fill:{fill};stroke:{stroke}}}" for kind, (fill, stroke) in _LOOKS.items())
    style = f"text{{fill:{_INK};font:11px sans-serif}}.edge{{stroke:{_LINE}}}{''.join(looks)}"
    parts = Markup("").join(network_parts(graph))
    whole = _SVG.format(wide=_WIDE, high=SIDE, title=title, style=style, paper=_PAPER, parts=parts)
    return without_controls(whole).encode("utf-8", "replace")


def write_png(graph: Graph, title: str) -> bytes:
    """The graph as PNG, 1800 x 1600 pixels; the title is in its metadata."""
    from PIL import Image, ImageDraw, ImageFont
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_itxt("Title", title)
    image = Image.new("RGB", (_WIDE * _SCALE, SIDE * _SCALE), _PAPER)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(11 * _SCALE)
    spots = spots_of(graph)
    for pair in graph.edges:
        draw.line([(_SCALE * spots[key].x, _SCALE * spots[key].y) for key in pair], fill=_LINE, width=_SCALE)
    for one in spots.values():
        x, y, radius = (_SCALE * number for number in (one.x, one.y, one.radius))
        fill, stroke = _LOOKS[one.kind]
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill, outline=stroke, width=_SCALE)
        draw.text((x + 12 * _SCALE, y), one.words, fill=_INK, font=font, anchor="lm")
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True, pnginfo=said)
    return file.getvalue()
