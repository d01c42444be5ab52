"""The Flesch-Kincaid grade of English text.

Source: Kincaid JP, Fishburne RP, Rogers RL, Chissom BS. Derivation of New Readability Formulas
(Automated Readability Index, Fog Count and Flesch Reading Ease Formula) for Navy Enlisted
Personnel. Research Branch Report 8-75, Naval Technical Training Command, 1975:
grade = 0.39 * words per sentence + 11.8 * syllables per word - 15.59.

Syllables are counted by groups of vowels, as tools for that formula do: a silent final e and a
silent -ed or -es count nothing. A number counts as one word of one syllable.
"""

import re

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)?")
_ENDS = re.compile(r"[.!?:](?:\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]|[aeiouy]l)e$|[^aeiouydt]ed$|[^aeiouylscxzhg]es$")


def reading_grade(text: str) -> float:
    """The school grade in which text like this is read."""
    words = _WORD.findall(text)
    sentences = max(1, len(_ENDS.findall(text)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def _syllables(word: str) -> int:
    found = len(_VOWELS.findall(word.lower()))
    if found > 1 and _SILENT.search(word.lower()):
        found -= 1
    return max(1, found)
