"""Writes one advertisement: picks fitting sentences, fills their slots, makes the mistakes people make."""

from __future__ import annotations

import random
import re
import unicodedata

from academy.world import prices
from academy.world.voices import Topic, Voice
from wildtrade.records import Money

_SLOT = re.compile(r"\{(\w+)\}")
_LATIN_WORD = re.compile(r"[^\W\d_]{5,}")
# "Never repaired" is said of these, not of a plant or a carving.
_HAS_CONDITION = frozenset(
    {"bed", "bicycle", "car", "chair", "drill", "fan", "fridge", "guitar", "lamp", "laptop", "motorbike"}
    | {"phone", "pram", "sofa", "table", "tv"}
)
_EMOJI = ("🔥", "✨", "📦", "👉", "💯", "❗", "🙏", "⭐", "✅", "📲", "🎉", "👍")


class Writer:
    """One seller's hand. The same ``rng`` state writes the same text."""

    def __init__(self, voice: Voice, topic: Topic, rng: random.Random, facts: dict[str, str]) -> None:
        """``facts`` fills the slots {phone} and {place} of this seller."""
        self.voice = voice
        self.topic = topic
        self.rng = rng
        self.facts = facts

    def fill(self, template: str) -> str:
        """Fill every {slot} from the seller's facts, the topic's words or the language's words."""
        return _SLOT.sub(lambda match: self._word(match[1]), template)

    def _word(self, slot: str) -> str:
        if slot in self.facts:
            return self.facts[slot]
        choices = self.topic.words.get(slot) or self.voice.words[slot]
        # One ad keeps to one colour and one brand.
        self.facts[slot] = str(self.rng.choice(choices))
        return self.facts[slot]

    def title(self) -> str:
        """A title, now and then shouted, decorated or mistyped."""
        text = self.fill(self.rng.choice(self.topic.titles))
        text = text[:1].upper() + text[1:]
        mood = self.rng.random()
        if mood < 0.06:
            return text.upper()
        if mood < 0.12:
            return f"{self.rng.choice(_EMOJI)} {text}"
        if mood < 0.18:
            return mistyped(text, self.rng)
        return text

    def description(self) -> str:
        """Two to six sentences; some people write paragraphs, some a list, some no full stops."""
        rng, voice, topic = self.rng, self.voice, self.topic
        lines = rng.sample(topic.says, k=min(len(topic.says), rng.randint(1, 3)))
        if topic.picture in _HAS_CONDITION and rng.random() < 0.6:
            lines.append(rng.choice(voice.condition))
        if rng.random() < 0.7:
            lines.append(rng.choice(voice.closing))
        if rng.random() < 0.55:
            lines.append(rng.choice(voice.contact))
        joint = rng.choice((" ", " ", "\n", "\n\n"))
        return self._mood(joint.join(self.fill(line) for line in lines))

    def _mood(self, text: str) -> str:
        mood = self.rng.random()
        if mood < 0.1:
            return f"{text} {self.rng.choice(_EMOJI) * self.rng.randint(1, 3)}"
        if mood < 0.2:
            return mistyped(text, self.rng)
        if mood < 0.27:
            return without_marks(text)
        return text

    def post(self, price: Money | None) -> str:
        """A post of the feed: title, price and sentences in one text."""
        stated = prices.spoken(self.rng, price) if price else ""
        offer = self.rng.choice(self.voice.prices if price else self.voice.price_hidden).replace("{price}", stated)
        parts = [self.title(), self.description()]
        parts.insert(self.rng.randint(1, 2), self.fill(offer))
        return self.rng.choice(("\n", "\n", " ")).join(parts)

    def photo_only(self) -> str:
        """The few words of somebody who lets the picture speak."""
        return self.fill(self.rng.choice(self.voice.photo_only))


def mistyped(text: str, rng: random.Random) -> str:
    """Swap, drop or double one letter of one longer word; scripts without such words stay as they are."""
    words = [match for match in _LATIN_WORD.finditer(text) if match[0].isascii()]
    if not words:
        return text
    word = rng.choice(words)
    at = word.start() + rng.randint(1, len(word[0]) - 3)
    pair = text[at : at + 2]
    wrong = rng.choice((pair[::-1], pair[0], pair[0] + pair))
    return text[:at] + wrong + text[at + 2 :]


def without_marks(text: str) -> str:
    """Latin letters without their accents, as typed on a foreign keyboard; other scripts keep their marks."""
    kept = []
    latin = False
    for char in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(char):
            latin = char.isascii() and char.isalpha()
            kept.append(char)
        elif not latin:
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept)).replace("đ", "d").replace("Đ", "D")
