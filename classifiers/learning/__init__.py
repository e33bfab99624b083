"""From people's decisions to a model that agrees with them, within the day: see docs/model-card.md."""
