"""Learning from decisions: what may be learned from, what may replace a model, the way back, what to decide next."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.assessor import Assessor
from classifiers.learning.bags import WIDTH, Bags, columns, pieces
from classifiers.learning.choosing import Why, choose, choose_first, estimate_recall
from classifiers.learning.comparison import Judged, compare
from classifiers.learning.decisions import read_decisions
from classifiers.learning.learned import FILE, Learned
from classifiers.learning.learner import ALONE, LearningRecipe, learn
from classifiers.learning.logistic import Design, fit_by_rows, fit_logistic
from classifiers.learning.space import Space
from classifiers.learning.training import Options, Place, split, train_on_decisions
from classifiers.learning.versions import NothingBeforeError, back, current_model, install
from classifiers.reading import Text
from classifiers.training.data import locked_files, read_examples
from wildtrade.cli import run
from wildtrade.errors import ConfigError, ParseError

_SUBJECTS = {1: ["hat", "kite", "drum", "fiddle", "lantern"], 0: ["sofa", "mattress", "wardrobe", "curtain", "carpet"]}


def line(number: int, label: int | None, **changes: object) -> dict[str, object]:
    """A decision about a text whose subject tells its label: toys are 'wildlife' here, furniture is not."""
    rng = random.Random(number)
    filler = " ".join("".join(rng.choices("aeioulmnrstk", k=6)) for _ in range(7))
    text = f"{rng.choice(_SUBJECTS[label or 0])} {filler}"
    row = {"id": number, "decision": None, "label": label, "reviewer": "a", "source": "s", "seller": None}
    return {**row, "title": text, "description": None, "price": None, **changes}


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def good_rows(count: int = 80) -> list[dict[str, object]]:
    return [line(number, number % 2) for number in range(count)]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert run(["init", str(tmp_path / "w"), "--json"]) == 0
    monkeypatch.setenv("WILDTRADE_HOME", str(tmp_path / "w"))
    return tmp_path / "w"


# --- the file


def test_majority_counts_and_disputes_are_left_out(tmp_path: Path) -> None:
    rows = good_rows(40)
    rows += [line(0, 1, title=rows[0]["title"], reviewer=name) for name in "bc"]  # 1 against 2: overruled
    rows += [line(1, 0, title=rows[1]["title"], reviewer="b")]  # 1 against 1: disputed
    rows += [line(2, 1, title=rows[2]["title"])]  # the same reviewer thought again
    rows += [rows[5], line(99, None, decision="unsure"), line(98, None, decision="cannot_see")]
    read = read_decisions(write(tmp_path / "d.jsonl", rows))
    labels = {item.text.title: item.label for item in read.items}
    assert labels[str(rows[0]["title"])] == 1
    assert rows[1]["title"] not in labels
    assert labels[str(rows[2]["title"])] == 1
    counts = read.counts
    assert (counts.disputed, counts.overruled, counts.repeated, counts.no_opinion) == (1, 1, 2, 2)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (b"{", None), (b"[]", None), (b'{"title": "x"}', "label"), (b'{"title": 5, "label": 1}', "title"),
        (b'{"title": "x", "label": 2}', "label"), (b'{"title": "x", "label": true}', "label"),
        (b'{"title": "x", "decision": "maybe"}', "decision"), (b'{"label": 1}', "title"),
        (b'{"title": "x", "decision": "wildlife", "label": 0}', "label"),
        (b'{"title": "x", "label": 1, "reviewer": 7}', "reviewer"),
        ('{"title": "caf\xe9", "label": 1}'.encode("latin-1"), None),
    ],
)  # fmt: skip
def test_bad_line_is_named(tmp_path: Path, bad: bytes, field: str | None) -> None:
    path = write(tmp_path / "d.jsonl", good_rows(4))
    path.write_bytes(path.read_bytes() + bad + b"\n")
    with pytest.raises(ParseError) as caught:
        read_decisions(path)
    assert (caught.value.line, caught.value.field) == (5, field)


@pytest.mark.parametrize("rows", [[], [line(n, 1) for n in range(30)], good_rows(6)])
def test_empty_and_one_class_files_change_nothing(
    workspace: Path, tmp_path: Path, rows: list[dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "d.jsonl", rows)
    capsys.readouterr()
    assert run(["train", "--decisions", str(path), "--json"]) == 3
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["file"] == str(path) and error["fix"]
    assert current_model(workspace) is None and not (workspace / "models").exists()


def test_sellers_and_near_duplicates_stay_together(tmp_path: Path) -> None:
    rows = good_rows(60)
    for row in rows[:10]:
        row["seller"] = "same"
    for at, account in ((11, "one"), (12, "other")):  # that people say are one seller
        rows[at] |= {"seller": account, "merged_seller": 17}
    rows.append({**rows[20], "id": 200, "title": f"{rows[20]['title']} now"})
    items = read_decisions(write(tmp_path / "d.jsonl", rows)).items
    assert len({item.group for item in items[:10]}) == 1
    assert items[11].group == items[12].group != items[0].group
    assert items[20].group == items[60].group
    open_, locked = split(items)
    assert locked and not {item.group for item in open_} & {item.group for item in locked}


def test_what_is_locked_stays_locked_when_decisions_are_added(tmp_path: Path) -> None:
    few = split(read_decisions(write(tmp_path / "a.jsonl", good_rows(60))).items)[1]
    more = split(read_decisions(write(tmp_path / "b.jsonl", good_rows(120))).items)[1]
    assert {item.canonical for item in few} <= {item.canonical for item in more}


# --- the command


def test_train_use_and_go_back(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "d.jsonl", good_rows(120))
    capsys.readouterr()
    assert run(["train", "--decisions", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["replaced"] and said["comparisons"]["locked decisions"]["new"] > 0.8
    folder = current_model(workspace)
    assert folder is not None and folder.name == said["version"]
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    for name in ("base", "parent", "decisions_sha256", "lexicon", "code_sha256", "learning_recipe"):
        assert meta[name], name
    assert run(["classify", "--text", "fiddle and drum for the garden", "--json"]) == 0
    opinion = json.loads(capsys.readouterr().out)
    assert opinion["model_version"] == said["version"]
    total = opinion["bias"] + sum(signal["weight"] for signal in opinion["signals"])
    assert 1 / (1 + math.exp(-total)) == pytest.approx(opinion["score"])
    assert any(signal["message_key"] == "model.decisions" for signal in opinion["signals"])
    assert run(["train", "--decisions", str(path), "--json"]) == 1  # the same again is no better
    assert current_model(workspace) == folder
    assert run(["train", "--back", "--json"]) == 0
    assert current_model(workspace) is None
    assert run(["train", "--back", "--json"]) == 4


def test_what_the_project_knows_is_not_forgotten(assessor: Assessor, tmp_path: Path) -> None:
    result = train_on_decisions(write(tmp_path / "d.jsonl", good_rows(120)), Place(None, tmp_path / "m"), Options())
    own = result.comparisons["project's locked texts"]
    assert own.new > own.old - 0.03
    again = Assessor.load(model=tmp_path / "m")
    assert again.assess("rhino horn for sale", "cash, fresh from the bush").label.value == "flag"


def test_poisoned_decisions_are_refused(tmp_path: Path) -> None:
    """Somebody clears what the project's texts ask for, again and again: nothing changes."""
    examples = [example for example in read_examples(locked_files()) if example.label][:120]
    rows = [
        line(number, int(number % 8 == 0), title=example.text.title, description=example.text.description)
        for number, example in enumerate(examples)
    ]
    result = train_on_decisions(write(tmp_path / "d.jsonl", rows), Place(None, tmp_path / "m"), Options())
    assert not result.replaced and "kept" in result.verdict
    assert not (tmp_path / "m").exists()


def test_a_fifth_of_flipped_labels_is_bounded(tmp_path: Path) -> None:
    rng = random.Random(3)
    rows = good_rows(160)
    for row in rows:
        if rng.random() < 0.2:
            row["label"] = 1 - int(str(row["label"]))
    result = train_on_decisions(write(tmp_path / "d.jsonl", rows), Place(None, tmp_path / "m"), Options(force=True))
    own = result.comparisons["project's locked texts"]
    assert own.new > own.old - 0.03
    model = Assessor.load(model=tmp_path / "m")
    clean = [line(number, number % 2) for number in range(1000, 1060)]
    right = sum((model.assess(str(row["title"]), None).label.value == "flag") == bool(row["label"]) for row in clean)
    assert right >= 48


def test_wrong_words_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "--back", "--decisions", "x"]) == 2
    assert run(["train", "--decisions-alone"]) == 2
    assert run(["train", "--decisions", "x", "--texts", "y"]) == 2
    capsys.readouterr()


# --- versions


def test_versions_keep_a_way_back(tmp_path: Path) -> None:
    for name in ("one", "two"):
        install(tmp_path, name, lambda folder: (folder / "x").write_text("x") and None)
    assert current_model(tmp_path) == tmp_path / "models" / "two"
    assert back(tmp_path) == "one" and back(tmp_path) == "shipped"
    assert (tmp_path / "models" / "two" / "x").is_file()
    with pytest.raises(NothingBeforeError):
        back(tmp_path)


def test_a_failing_write_leaves_the_model_in_use(tmp_path: Path) -> None:
    install(tmp_path, "one", lambda folder: (folder / "x").write_text("x") and None)

    def broken(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(tmp_path, "two", broken)
    assert current_model(tmp_path) == tmp_path / "models" / "one"
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["current.json", "one"]


@pytest.mark.parametrize("content", ["{", "{}", '{"history": []}', '{"history": ["../../etc"]}', '{"history": [5]}'])
def test_a_broken_record_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "current.json").write_text(content)
    with pytest.raises(ConfigError, match="which model"):
        current_model(tmp_path)


def test_a_broken_correction_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"PK not a zip")
    with pytest.raises(ConfigError, match="cannot be read"):
        Learned.read(tmp_path)


# --- the mathematics


def test_newton_finds_the_minimum() -> None:
    rng = np.random.default_rng(0)
    rows = [np.unique(rng.integers(0, 30, 6)) for _ in range(80)]
    design = Design(Bags.stack(rows, 30), rng.normal(size=(80, 3)))
    labels, importance = rng.integers(0, 2, 80).astype(float), rng.uniform(0.5, 2, 80)
    offset, penalty = rng.normal(size=80), np.full(33, 0.7)
    weights = fit_logistic(design, labels, importance, offset, penalty)
    p = 1 / (1 + np.exp(-(offset + design.times(weights))))
    assert np.abs(design.transposed_times(importance * (p - labels)) + penalty * weights).max() < 1e-4


def test_fit_by_rows_finds_the_same_minimum() -> None:
    rng = np.random.default_rng(2)
    rows = [np.unique(rng.integers(0, 200, 20)) for _ in range(50)]
    design = Design(Bags.stack(rows, 200), rng.normal(size=(50, 3)))
    labels, importance = rng.integers(0, 2, 50).astype(float), rng.uniform(0.5, 2, 50)
    offset, penalty = rng.normal(size=50), rng.uniform(0.1, 2, 203)
    found = fit_by_rows(design.kernel(1 / penalty), labels, importance, offset)
    weights = design.transposed_times(found) / penalty
    assert weights == pytest.approx(fit_logistic(design, labels, importance, offset, penalty), abs=1e-3)


def test_sparse_products_agree_with_dense_ones() -> None:
    rng = np.random.default_rng(1)
    bags = Bags.stack([np.unique(rng.integers(0, 20, size)) for size in (0, 3, 9, 1)], 20).scaled(rng.uniform(1, 2, 20))
    dense = np.zeros((4, 20))
    dense[bags.row_of, bags.columns] = bags.values
    wide = rng.normal(size=(20, 2))
    assert np.allclose(bags.times(wide), dense @ wide)
    assert np.allclose(bags.times(wide[:, 0]), dense @ wide[:, 0])
    assert np.allclose(bags.transposed_times(np.arange(4.0)), dense.T @ np.arange(4.0))
    assert np.allclose(bags.transposed().times(np.arange(4.0)), dense.T @ np.arange(4.0))
    assert np.allclose(bags.rows(np.array([2, 0])).times(wide), dense[[2, 0]] @ wide)


@pytest.mark.parametrize("recipe", [LearningRecipe(), ALONE])
def test_tables_say_what_the_fit_says(assessor: Assessor, tmp_path: Path, recipe: LearningRecipe) -> None:
    """The correction as stored, hashed and read again separates what it was fitted to."""
    texts = [Text(str(row["title"]), None) for row in good_rows(60)]
    samples = list(assessor.sample_many(texts))
    labels = [number % 2 for number in range(60)]
    fitted = learn(
        samples,
        labels,
        list(range(60)),
        Space.learn([s.text for s in samples]),
        recipe=recipe,
        flag=assessor.flag_logit,
    )
    fitted.learned.write(tmp_path)
    read = Learned.read(tmp_path)
    assert read is not None
    for sample, label in zip(samples, labels, strict=True):
        assert read.correction(sample) == pytest.approx(fitted.learned.correction(sample), abs=1e-5)
        assert (sample.logit + read.correction(sample) > assessor.flag_logit) == bool(label)


def test_words_that_keep_company_lie_close() -> None:
    rng = random.Random(0)
    texts = [" ".join(rng.sample(["cage", "aviary", "perch", "seed"], 3)) for _ in range(40)]
    texts += [" ".join(rng.sample(["engine", "gearbox", "tyre", "clutch"], 3)) for _ in range(40)]
    space = Space.learn(texts)
    words = ("cage", "aviary", "tyre")
    placed = space.place(Bags.stack([columns([word]) for word in words]).scaled(space.rarity))
    cage, aviary, tyre = placed[:, :2] / np.linalg.norm(placed[:, :2], axis=1, keepdims=True)
    assert cage @ aviary > 0.9 > 0.3 > cage @ tyre


@given(st.text(max_size=60))
def test_any_text_has_pieces(text: str) -> None:
    found = columns(pieces(text))
    assert len(set(found.tolist())) == len(found) and (found < WIDTH).all()


# --- what to decide next


def test_choice_is_doubtful_unlike_and_partly_random() -> None:
    texts = [f" item {n} {'same words here again' if n < 50 else f'x{n}'} " for n in range(200)]
    logits = np.where(np.arange(200) < 100, 0.01 * np.arange(200), 8.0)
    chosen = choose(texts, logits, 20, random_share=0.1, seed=4)
    places = [choice.place for choice in chosen]
    assert len(set(places)) == 20
    lots = [choice for choice in chosen if choice.why is Why.RANDOM]
    assert len(lots) == 2 and all(choice.inclusion_probability == pytest.approx(0.01) for choice in lots)
    unsure = [choice.place for choice in chosen if choice.why is Why.UNSURE]
    assert all(place < 100 for place in unsure) and sum(place < 50 for place in unsure) < len(unsure)
    assert choose(texts, logits, 20, random_share=0.1, seed=4) == chosen


def test_first_choice_is_one_of_each_kind() -> None:
    placed = np.repeat(np.eye(4), 25, axis=0) + np.random.default_rng(3).normal(0, 0.05, (100, 4))
    places = [choice.place for choice in choose_first(placed, 12, seed=1)]
    assert len(set(places)) == 12 and {place // 25 for place in places} == {0, 1, 2, 3}
    assert sorted(choice.place for choice in choose_first(placed[:3], 9)) == [0, 1, 2]
    assert choose_first(placed[:0], 5) == []


def test_choice_from_a_small_pool() -> None:
    assert choose([], [], 5) == []
    assert sorted(choice.place for choice in choose([" a ", " b "], [0.0, 1.0], 5)) == [0, 1]


def test_random_share_holds_in_the_long_run() -> None:
    texts, logits = [f" t{n} " for n in range(50)], np.zeros(50)
    drawn = sum(
        choice.why is Why.RANDOM for seed in range(400) for choice in choose(texts, logits, 4, seed=seed)
    )  # 0.4 a batch
    assert 120 <= drawn <= 200


def test_recall_from_random_items_is_honest() -> None:
    """Doubtful items would say 0.5; the whole has 0.8; the random tenth finds that out."""
    rng = np.random.default_rng(5)
    queued = rng.random(4000) < 0.8
    estimate = estimate_recall((0.1, 1, bool(q)) for q in queued if rng.random() < 0.1)
    assert estimate.value == pytest.approx(0.8, abs=0.05)
    assert estimate.interval is not None and estimate.interval[0] < 0.8 < estimate.interval[1]
    assert estimate_recall([]).value is None
    assert estimate_recall([(0.5, 1, True), (0.1, 1, False)]).value == pytest.approx(2 / 12)


def test_comparison_sees_a_loss_and_ignores_noise() -> None:
    truth = [n % 2 == 0 for n in range(200)]
    better = compare([Judged(t, t, (not t) if n < 60 else t, n) for n, t in enumerate(truth)])
    assert better.clearly_worse and better.high < 0
    noise = compare([Judged(t, t if n else not t, t if n != 1 else not t, n) for n, t in enumerate(truth)])
    assert not noise.clearly_worse and noise.low < 0 < noise.high
    one_group = compare([Judged(t, t, not t, 0) for t in truth])
    assert one_group.low == one_group.high
