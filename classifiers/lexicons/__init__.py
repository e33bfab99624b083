"""The lexicon as a biologist's tool: lint, examples, statistics, comparison, published versions, further packs."""
