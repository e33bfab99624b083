"""Training: reproducible, grouped, refusing what cannot be learned from and what would make things worse."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from classifiers.assessor import Assessor
from classifiers.lexicon import load_lexicon
from classifiers.model_files import ModelFiles, shipped_model
from classifiers.reading import Text
from classifiers.training.augment import title_only, without_guards
from classifiers.training.data import Example, check_learnable, locked_files, read_examples, training_files
from classifiers.training.fit import Learnable, Recipe, calibrate, fit_text_model, fit_weights
from classifiers.training.frames import fill, read_frames
from classifiers.training.groups import folds, near_duplicate_groups
from classifiers.training.lbfgs import Floats, minimise
from classifiers.training.recipe import save, train
from classifiers.training.replace import retrain
from wildtrade.cli import run
from wildtrade.errors import ConfigError, ParseError

_GOODS = (
    "kitchen table oak",
    "bicycle with lights",
    "winter coat blue",
    "phone charger",
    "garden hose",
    "guitar lessons",
)
_WILD = (
    "rhino horn piece",
    "elephant ivory bangle",
    "pangolin scales dried",
    "tiger bone glue",
    "leopard skin",
    "tortoise",
)
_TAILS = (
    "call me after six",
    "collect from the shop",
    "price can be talked about",
    "photos on request",
    "in the old town",
)


def example(number: int, label: int) -> Example:
    rng = random.Random(number * 2 + label)
    title = f"{rng.choice(_WILD if label else _GOODS)} number {number}"
    filler = " ".join("".join(rng.choices("aeioulmnrst", k=6)) for _ in range(6))
    text = Text(title, f"{rng.choice(_TAILS)} {filler}", None, language="en")
    return Example(f"e{number}-{label}", "en", text, label, "", "plain")


def small_set() -> list[Example]:
    return [example(number, label) for number in range(24) for label in (0, 1)]


def write(folder: Path, examples: list[Example], name: str = "en.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    rows = [
        {"id": e.id, "language": e.language, "title": e.text.title, "description": e.text.description, "label": e.label}
        for e in examples
    ]
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tiny() -> Recipe:
    return Recipe(iterations=15, folds=2, frame_copies=1)


def test_same_texts_same_model(tmp_path: Path, tiny: Recipe) -> None:
    first, second = (save(train(small_set(), tiny), tmp_path / name) for name in ("a", "b"))
    assert first.version == second.version
    assert first.meta == second.meta
    weights = "pipeline/signal_textcat/weights.bin"
    assert (first.folder / weights).read_bytes() == (second.folder / weights).read_bytes()
    assert first.meta["texts"]["count"] == 48
    assert len(first.meta["code_sha256"]) == 64 and first.meta["lexicon"] == load_lexicon().version


def test_learned_something(tmp_path: Path, tiny: Recipe) -> None:
    trained = train(small_set(), tiny)
    assert trained.figures.auc is not None and trained.figures.auc > 0.9
    opinion = Assessor.load(model=save(trained, tmp_path / "m").folder).assess("rhino horn for sale", "cash")
    assert opinion.label.value == "flag"


def test_signs_hold_against_perverse_labels() -> None:
    rows = [{"bias": 1.0, "strong": float(n % 2), "guard": float(n % 3 == 0), "model": 0.0} for n in range(200)]
    labels = np.array([float(n % 2 == 0) for n in range(200)])  # terms only ever in innocent texts
    weights = fit_weights(rows, labels, Recipe(prior_strength=0.001))
    assert weights["strong"] > 0 and weights["guard"] < 0


def test_calibration_undoes_a_wrong_scale() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=4000) * 2
    labels = (rng.random(4000) < 1 / (1 + np.exp(-truth))).astype(float)
    slope, offset = calibrate(truth * 3 + 1.5, labels)
    assert slope == pytest.approx(1 / 3, rel=0.1)
    assert offset == pytest.approx(-0.5, abs=0.15)


def test_text_model_is_deterministic() -> None:
    rng = np.random.default_rng(1)
    cases = [
        Learnable(np.unique(rng.integers(0, 1000, 30)).astype(np.uint32), np.array([n % 2], np.uint32), n % 2)
        for n in range(60)
    ]
    one, two = (fit_text_model(cases, Recipe(iterations=5)) for _ in range(2))
    assert np.array_equal(one.text, two.text) and np.array_equal(one.signals, two.signals)
    assert one.signals[1] > 0 > one.signals[0]


def test_the_bottom_of_a_bowl_is_found() -> None:
    rng = np.random.default_rng(2)
    middle, steep = rng.normal(size=40), np.geomspace(1, 1000, 40)

    def bowl(at: Floats) -> tuple[float, Floats]:
        return float(steep @ (at - middle) ** 2) / 2, steep * (at - middle)

    assert np.allclose(minimise(bowl, np.zeros(40), 200), middle, atol=1e-3)


def test_copies_keep_only_what_tells_the_label(assessor: Assessor) -> None:
    told = Text("Ivory lace wedding dress", "worn once", "$ 40", language="en")
    evidence = assessor.reader.read(told)
    bare = without_guards(evidence)
    assert evidence.seen[0].guards and bare is not None and not any(one.guards for one in bare.seen)
    silent = Example("a", "en", Text("For sale, call me", "elephant ivory tusk"), 1, "", "")
    assert title_only(silent, assessor.reader) is None  # the title does not say why it is wildlife
    clear = Example("b", "en", Text("Elephant ivory tusk", "call me"), 1, "", "")
    assert title_only(clear, assessor.reader) is not None


def test_an_example_may_count_for_more() -> None:
    ones = np.array([1], np.uint32)
    none = np.empty(0, np.uint32)
    light, heavy = (
        fit_text_model([Learnable(none, ones, 1), Learnable(none, ones, 0, weight)], Recipe(iterations=50))
        for weight in (1.0, 9.0)
    )
    assert heavy.score(none, ones) < light.score(none, ones) - 0.5


def test_near_duplicates_share_a_fold() -> None:
    texts = [" selling one old carved ivory bangle from the attic call me ", " garden chair green plastic ",
             " selling one old carved ivory bangle from the attic call now "]  # fmt: skip
    groups = near_duplicate_groups(texts)
    assert groups[0] == groups[2] != groups[1]
    split = folds(groups, 2, seed=3)
    assert split[0] == split[2]


def test_frames_are_filled_with_terms_of_their_language() -> None:
    lexicon = load_lexicon()
    frames = read_frames()
    filled = fill(frames, lexicon, copies=2, seed=1)
    assert filled == fill(frames, lexicon, copies=2, seed=1)
    assert len(filled) > len(frames)
    assert not any("{" in f"{e.text.title}{e.text.description}{e.text.price}" for _, e in filled)
    assert {frame.label for frame in frames} == {0, 1}


def test_no_locked_text_is_trained_on() -> None:
    known = {(e.text.title, e.text.description) for e in read_examples(training_files())}
    assert not [e.id for e in read_examples(locked_files()) if (e.text.title, e.text.description) in known]


@pytest.mark.parametrize("examples", [[], small_set()[:6], [example(n, 1) for n in range(30)]])
def test_too_little_to_learn_from(examples: list[Example]) -> None:
    with pytest.raises(ConfigError, match="only"):
        check_learnable(examples)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("{", None),
        ('{"id": "", "language": "en", "label": 1}', "id"),
        ('{"id": "a", "language": "en", "label": 2}', "label"),
        ('{"id": "a", "language": "en", "label": true}', "label"),
        ('{"id": "a", "language": "en", "label": 1, "title": 4}', "title"),
    ],
)
def test_bad_training_line(tmp_path: Path, line: str, field: str | None) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(ParseError) as caught:
        read_examples([path])
    assert (caught.value.line, caught.value.field) == (1, field)


def test_a_better_model_is_not_replaced(tmp_path: Path) -> None:
    in_use = tmp_path / "model"
    shutil.copytree(shipped_model(), in_use)
    before = ModelFiles.read(in_use).version
    upside_down = [Example(e.id, e.language, e.text, 1 - e.label, "", "plain") for e in small_set()]
    texts = write(tmp_path / "texts", upside_down)
    held_back = write(
        tmp_path / "locked", [example(n + 500, label) for n in range(20) for label in (0, 1)], "locked.jsonl"
    )
    result = retrain(texts, in_use, held_back)
    assert not result.replaced and "kept" in result.verdict
    assert ModelFiles.read(in_use).version == before


def test_locked_text_among_the_training_texts_is_refused(tmp_path: Path) -> None:
    texts = write(tmp_path / "texts", small_set())
    locked = write(tmp_path / "locked", [Example("L1", "en", small_set()[3].text, 1, "", "")], "locked.jsonl")
    with pytest.raises(ConfigError, match="locked text"):
        retrain(texts, tmp_path / "model", locked)


def test_train_command_with_nothing_to_learn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--texts", str(tmp_path), "--output", str(tmp_path / "m"), "--json"]) == 3
    assert json.loads(capsys.readouterr().err)["error"]["field"] == "label"
    assert not (tmp_path / "m").exists()


def test_shipped_model_is_small_and_says_where_it_comes_from() -> None:
    files = ModelFiles.read(shipped_model())
    assert sum(path.stat().st_size for path in shipped_model().rglob("*") if path.is_file()) < 10_000_000
    assert files.meta["recipe"]["seed"] == Recipe().seed
    assert files.meta["held_out"]["auc"] > 0.9


def test_broken_model_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no model here"):
        ModelFiles.read(tmp_path)
    (tmp_path / "words.txt").write_text("")
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(ConfigError, match="no version"):
        ModelFiles.read(tmp_path)
