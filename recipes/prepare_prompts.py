"""Encode the canonical prompts by BERT into srgan_prompt/weights, so that they need no BERT at run time.

    python recipes/prepare_prompts.py

Run it whenever the wordings or the text encoder change. Seconds on one core.
"""

import argparse
from pathlib import Path

from srgan_prompt.files import WEIGHTS
from srgan_prompt.prompts.embeddings import write_table
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.operations import canonical_prompts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", help="hub name or folder of a BERT (default: all-MiniLM-L6-v2)")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder to write into")
    arguments = parser.parse_args()

    prompts = canonical_prompts()
    encoder = TextEncoder.load(arguments.encoder)
    write_table(prompts, encoder, arguments.out)
    print(f"{len(prompts)} prompts, {encoder.dim} dimensions, encoder {encoder.identity} -> {arguments.out}")


if __name__ == "__main__":
    main()
