"""The three languages in which a condition is told: one class each, all with the methods of `phrases.Voice`."""
