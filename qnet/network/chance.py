"""The random streams of a simulation: all of them come from here, each by its purpose and its name."""

from __future__ import annotations

from qnet.rng import Purpose, Stream, stream_seed

__all__ = ["Chance"]


class Chance:
    """Gives streams under one seed.

    Args:
        seed: of all of them.
        replica: number of an independent repetition under the same seed.

    >>> chance = Chance(seed=7)
    >>> first, second = (chance.numbered(Purpose.RECORD, "n1") for _ in range(2))
    >>> first.uniform() == chance.stream(Purpose.RECORD, "n1").uniform() != second.uniform()
    True
    """

    def __init__(self, seed: int, replica: int = 0) -> None:
        self.seed = seed
        self.replica = replica
        self._asked: dict[tuple[Purpose, str], int] = {}

    def stream(self, purpose: Purpose, name: str) -> Stream:
        """Give the stream of a name, from its beginning."""
        return Stream(self.seed, purpose, name, self.replica)

    def numbered(self, purpose: Purpose, name: str) -> Stream:
        """Give a stream of its own to whoever asks; later ones of the same name are numbered."""
        number = self._asked.get((purpose, name), 0)
        self._asked[purpose, name] = number + 1
        return self.stream(purpose, name + (f"#{number}" if number else ""))

    def shared(self, purpose: Purpose, name: str) -> float:
        """Give a number, uniform on [0, 1), that depends on the name alone, as randomness shared by two nodes does."""
        return stream_seed(self.seed, purpose, name, self.replica) / 2**128
