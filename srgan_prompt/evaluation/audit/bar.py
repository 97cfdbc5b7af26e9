"""One figure of the audit against what it should reach."""

from dataclasses import dataclass

from srgan_prompt.evaluation.audit.statistics import Estimate


@dataclass(frozen=True)
class Bar:
    """``value`` against ``bar``; ``unit`` is "dB", "%", "points", "x" or "". ``at_most``: less is better."""

    figure: str
    value: Estimate | None
    bar: float
    unit: str = "dB"
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the mean is on the right side of the bar; None if it was not measured."""
        if self.value is None:
            return None
        return self.value.mean <= self.bar if self.at_most else self.value.mean >= self.bar
