"""``wildtrade classify``: the stable shape, streams, and lines that cannot be used."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifiers.assessor import Assessor
from classifiers.streaming import Tally, classify_lines
from wildtrade.cli import run

KEYS = {
    "id", "label", "score", "language", "taxa", "product_forms", "intent", "lexicon_version", "model_version", "bias",
    "signals",
}  # fmt: skip


def test_shape(assessor: Assessor) -> None:
    line = json.dumps({"id": "a1", "title": "Elephant ivory bangle", "description": "for sale", "price": "$90"})
    out = json.loads(next(classify_lines(assessor, [line.encode()], "in.jsonl", Tally())))
    assert set(out) == KEYS
    assert set(out["signals"][0]) == {"kind", "field", "start", "end", "text", "weight", "source", "message_key"}
    assert set(out["taxa"][0]) == {"name", "rank", "appendix", "appendix_date"}


@pytest.mark.parametrize(
    ("line", "field", "has_id"),
    [
        (b"{not json", None, False),
        (b'"text"', None, False),
        (b'{"id": 7, "title": 5, "description": ""}', "title", True),
        (b'{"id": 8, "title": "x", "description": "", "price": [1]}', "price", True),
        (b'{"id": 8, "title": "x", "description": "", "price": true}', "price", True),
        (b'{"id": 9}', "title", True),
        (b'{"id": 9, "title": "x", "images": -1}', "images", True),
        (b'{"id": 9, "title": "\xff"}', None, False),
    ],
)
def test_bad_line(assessor: Assessor, line: bytes, field: str | None, has_id: bool) -> None:
    tally = Tally()
    good = b'{"id": 1, "title": "sofa", "description": null}'
    out = [json.loads(found) for found in classify_lines(assessor, [good, line, b"\n", good], "in.jsonl", tally)]
    assert [("error" in found) for found in out] == [False, True, False]
    assert out[1]["error"]["line"] == 2
    assert out[1]["error"]["field"] == field
    assert ("id" in out[1]) is has_id
    assert (tally.lines, tally.bad) == (3, 1)


def test_a_byte_order_mark_is_no_part_of_the_first_line(assessor: Assessor) -> None:
    line = b'\xef\xbb\xbf{"id": 1, "title": "sofa", "description": null}'
    assert json.loads(next(classify_lines(assessor, [line], "in.jsonl", Tally())))["id"] == 1


@pytest.mark.parametrize(
    "price", ["$ 5", 5, 5.5, None, {"amount": "5", "currency": "USD"}, {"amount": 5, "currency": None}]
)
def test_price_as_written_or_as_money(assessor: Assessor, price: object) -> None:
    line = json.dumps({"id": 1, "title": "sofa", "description": "", "price": price}).encode()
    assert "error" not in json.loads(next(classify_lines(assessor, [line], "-", Tally())))


def test_memory_does_not_grow(assessor: Assessor) -> None:
    def lines(count: int) -> Iterator[bytes]:
        for number in range(count):
            yield json.dumps(
                {"id": number, "title": f"rhino horn {number}", "description": f"w{number} " * 20}
            ).encode()

    for _ in classify_lines(assessor, lines(600), "-", Tally()):
        pass
    tracemalloc.start()
    for number, _ in enumerate(classify_lines(assessor, lines(3000), "-", Tally())):
        if number == 600:
            early = tracemalloc.get_traced_memory()[0]
    late = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert late - early < 2_000_000


def test_command_on_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        '{"id": 1, "title": "elephant ivory bangle for sale", "description": ""}\n{oops\n', encoding="utf-8"
    )
    assert run(["classify", "--input", str(source), "--output", str(target), "--json"]) == 6
    assert json.loads(capsys.readouterr().out) == {"lines": 2, "bad": 1, "output": str(target)}
    good, bad = (json.loads(line) for line in target.read_text(encoding="utf-8").splitlines())
    assert good["id"] == 1 and good["label"] == "flag"
    assert bad["error"]["line"] == 2 and bad["error"]["file"] == "in.jsonl"


def test_command_on_one_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["classify", "--text", "elephant ivory bangle for sale", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["label"] == "flag"
    assert run(["classify", "--text", "elephant ivory bangle for sale"]) == 0
    shown = capsys.readouterr().out
    assert "CITES Appendix" in shown and "list of 2" in shown


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["classify"], 2),
        (["classify", "--text", "x", "--input", "y"], 2),
        (["classify", "--input", "/nowhere/in.jsonl"], 2),
        (["classify", "--text", "x", "--model", "/nowhere"], 3),
    ],
)
def test_wrong_words(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == code
    assert "fix:" in capsys.readouterr().err


def test_output_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "title": "x", "description": ""}\n' * 50, encoding="utf-8")
    assert run(["classify", "--input", str(source), "--output", "/dev/full"]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert run(["classify", "--input", str(source), "--output", str(source)]) == 2
