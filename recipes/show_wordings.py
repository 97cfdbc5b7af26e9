"""How the training sentences sound and how varied they are, as the Markdown of docs/explanation/wordings.md.

    python recipes/show_wordings.py > docs/explanation/wordings.md
    python recipes/show_wordings.py --examples 20 --samples 100

Half a minute on one core with the default of 5,000 sentences per operation.
"""

import argparse
import random

from srgan_prompt.grammar.generate import measure_variety, write_instruction
from srgan_prompt.prompts.operations import OPERATIONS, Clause, Request, canonical, plain_request

INTRODUCTION = """\
# Wordings

Training uses no collection of human sentences. `srgan_prompt.grammar.generate` writes its own: a request (which
operations, how much of each) goes in, one of very many English sentences comes out, with the slips people make.
`canonical` gives the one documented wording. Human sentences are kept for testing; a test holds salted hashes of 263
of them and checks that the grammar meets them only by chance: 8 in 20,000 sentences, 25 in 150,000, all of them as
plain as "black and white", "remove blur" or "add more contrast to the whole image".

What can be said is written as YAML in `srgan_prompt/grammar/phrases/`, and how it is put together in the Python files
beside it.

Some phrases are reserved for testing: about one pair of neighbouring content words in twelve, by its checksum.
`split="train"` can never utter a reserved pair, so a sentence of `split="test"` is always a new wording to the network.

The reader is trained on more than wishes: `srgan_prompt.grammar.reader_sentences.draw_readable` mixes in what is ruled
out ("leave the contrast alone", "not sepia, black and white instead"), amounts as numbers of every kind ("half as
saturated", "contrast to 130 %"), limits ("but not too much"), talk and idle numbers around a wish, wishes that no
operation can fulfil, captions, chatter, and more than twenty languages. Its `KINDS` says how much of each. Seven in ten
of its wishes are put as `grammar/everyday.py` puts them: lists of mixed forms ("brighter, more contrast and remove the
noise"), one verb for several wishes, limits on all of them, and further phrases from `everyday.yaml`.
"""

COMPOSED = (
    Request((Clause("denoise", 1.0), Clause("warm", 0.25))),
    Request((Clause("brighten", 0.37), Clause("saturate", 1.0), Clause("deblur", 1.0))),
    Request((Clause("deblur", 1.0),), keep=("denoise",)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=5000, help="sentences per operation for the table")
    parser.add_argument("--examples", type=int, default=3, help="example sentences per amount")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    print(INTRODUCTION)
    print_variety(arguments.samples, arguments.seed)
    print_examples(arguments.examples, random.Random(arguments.seed))  # noqa: S311 - wordings, not secrets


def print_variety(num_samples: int, seed: int) -> None:
    print(f"## Variety: {num_samples} sentences for each operation at its plain amount, seed {seed}\n")
    print("Case and punctuation do not count. Distinct-2: distinct pairs of neighbouring words over all such pairs.\n")
    print("| operation | documented wording | distinct | distinct-2 | words | reserved |")
    print("|---|---|---:|---:|---:|---:|")
    for name in OPERATIONS:
        request = plain_request(name)
        variety = measure_variety(request, num_samples, seed)
        print(
            f"| {name} | {canonical(request)} | {variety['distinct_sentences']} | {variety['distinct_2']:.3f} "
            f"| {variety['mean_num_words']:.1f} | {variety['reserved_share']:.0%} |"
        )


def print_examples(num_examples: int, rng: random.Random) -> None:
    print("\n## Examples\n")
    singles = [
        Request((Clause(operation.name, amount),))
        for operation in OPERATIONS.values()
        for amount in sorted({operation.slight, operation.plain, operation.strong})
    ]
    for request in (*singles, *COMPOSED):
        print(f"- **{canonical(request)}**")
        for _ in range(num_examples):
            print(f"  - {write_instruction(request, rng, 'all')}")


if __name__ == "__main__":
    main()
