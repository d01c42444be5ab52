"""Whether two rates differ more than chance explains: Fisher's exact test."""

from math import exp, lgamma

# Tables as likely as the observed one count as at least as extreme, in spite of rounding.
_ROUNDING = 1e-7


def fisher_exact(fires: int, of: int, before: int, of_before: int) -> float:
    """The two-sided p of `fires` in `of` answers against `before` in `of_before`.

    It is the chance, were the rates the same, of a split of all firings that is at most as likely
    as this one. Source: Fisher's exact test, summing small probabilities.
    """
    total = fires + before
    lowest, highest = max(0, total - of_before), min(total, of)

    def likelihood(split: int) -> float:
        return _choose(of, split) + _choose(of_before, total - split) - _choose(everything, total)

    everything = of + of_before
    observed = likelihood(fires) + _ROUNDING
    found = (likelihood(split) for split in range(lowest, highest + 1))
    return min(1.0, sum(exp(log) for log in found if log <= observed))


def _choose(n: int, k: int) -> float:
    """The logarithm of n over k."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
