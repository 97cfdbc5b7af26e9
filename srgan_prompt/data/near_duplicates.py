"""Which photos show what another shows: hashes that differ in a few bits."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from srgan_prompt.data.photo_measures import MAX_BITS_OFF


def near_duplicates(hashes: Sequence[str]) -> dict[int, int]:
    """number -> the first earlier one that is no copy itself and differs from it in ``MAX_BITS_OFF`` bits at most.

    ``hashes`` are those of ``PhotoMeasures``, in the order of preference: of two alike the earlier one stays. Hashes
    that differ in at most 15 bits have one of their 16 words in common, so only those that share one are compared.
    """
    words = np.array([np.frombuffer(bytes.fromhex(each), np.uint16) for each in hashes])
    with_word: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    copies: dict[int, int] = {}
    for number, row in enumerate(words):
        places = list(enumerate(row.tolist()))
        near = np.array(sorted({other for place in places for other in with_word[place]}), int)
        alike = near[np.bitwise_count(words[near] ^ row).sum(axis=1) <= MAX_BITS_OFF] if len(near) else near
        if len(alike):
            copies[number] = int(alike[0])
        else:
            for place in places:
                with_word[place].append(number)
    return copies
