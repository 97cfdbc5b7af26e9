"""A model made public: its card, which is what the hub shows and indexes, and how it gets there.

Numbers come in as measured; this file only sets them. ``huggingface_hub`` writes the YAML. Of a folder the hub is sent
the files that a model folder may hold, and no other.
"""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from srgan_prompt.checkpoints.model import MODEL_FILES, load_model
from srgan_prompt.errors import ModelError, OutputError, first_line

TAGS = ("super-resolution", "image-restoration", "text-guided", "srgan", "tirg")

_BODY = """\
# {name}

{summary}

One forward pass turns an image and a sentence into an image with {scale} times the side length that does what the
sentence says. With the empty sentence it is plain super-resolution.

```
srgan-prompt upscale photo.jpg --model MODEL_FOLDER --prompt "remove the noise, a bit warmer"
```

## Measured

{table}

{protocol}

## Limits

{limits}

## Safety

Weights are safetensors, every file is listed with its sha256 in `manifest.json`, and no code is loaded from this
repository.
"""


def model_card(
    *,
    name: str,
    summary: str,
    scale: int,
    licence: str,
    datasets: Sequence[str],
    metrics: Mapping[str, Mapping[str, float]],
    protocol: str,
    limits: Sequence[str],
) -> str:
    """The text of ``README.md``, with YAML front matter.

    Args:
        name: how users name the model: a hub id or a folder.
        summary: one paragraph on what it is and how it was trained.
        scale: output side / input side.
        licence: identifier as the hub lists them, such as "mit".
        datasets: what it was trained on, as hub ids.
        metrics: measured values, ``{"Set5": {"PSNR (Y)": 28.71}}``.
        protocol: one sentence on how they were measured; numbers without it mean nothing.
        limits: what it does badly, one sentence each.
    """
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="image-to-image",
            dataset_type=_slug(dataset),
            dataset_name=dataset,
            metric_type=_slug(metric),
            metric_name=metric,
            metric_value=value,
        )
        for dataset, values in metrics.items()
        for metric, value in values.items()
    ]
    data = ModelCardData(
        library_name="srgan_prompt",
        pipeline_tag="image-to-image",
        license=licence.lower(),
        datasets=list(datasets),
        tags=list(TAGS),
        model_name=name,
        eval_results=results or None,
    )
    body = _BODY.format(
        name=name,
        summary=summary,
        scale=scale,
        table=_table(metrics),
        protocol=protocol,
        limits="\n".join(f"- {limit}" for limit in limits),
    )
    return f"---\n{data.to_yaml()}\n---\n\n{body}"


def photo_origins(licences: Path | None) -> str:
    """A paragraph that counts the training photos by source and licence: two columns of a CSV, one row a photo."""
    if licences is None:
        return ""
    with licences.open(newline="") as file:
        counts = Counter((row["source"], row["licence"]) for row in csv.DictReader(file))
    listed = "; ".join(f"{source} ({licence}): {count}" for (source, licence), count in counts.most_common())
    return f"\n\nTrained on {counts.total()} photos, none of which is in this repository. Sources: {listed}."


def _table(metrics: Mapping[str, Mapping[str, float]]) -> str:
    names = list(dict.fromkeys(metric for values in metrics.values() for metric in values))
    rows = [["Data", *names], ["---", *("---:" for _ in names)]]
    for dataset, values in metrics.items():
        rows.append([dataset, *(f"{values[metric]:.4g}" if metric in values else "" for metric in names)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def push_to_hub(
    folder: Path,
    repo_id: str,
    *,
    private: bool = False,
) -> str:
    """Publish a verified model folder as ``repo_id``, which is made if missing. Returns the address of the commit.

    Raises:
        ModelError: the folder is damaged or no model; nothing is sent.
        OutputError: the hub refused or cannot be reached.
    """
    import huggingface_hub

    if load_model(folder).manifest.kind != "model":
        raise ModelError(f"{folder} is a training run; make a model of it with recipes/release.py first.")
    try:
        huggingface_hub.create_repo(repo_id, private=private, exist_ok=True)
        commit = huggingface_hub.upload_folder(
            repo_id=repo_id,
            folder_path=folder,
            commit_message="Upload a srgan_prompt model",
            allow_patterns=list(MODEL_FILES),
            delete_patterns=list(MODEL_FILES),  # measurements of an earlier release do not outlive it
        )
    except Exception as error:
        raise OutputError(f"{repo_id} cannot be published ({first_line(error)}); try `hf auth login`.") from error
    return str(commit.commit_url)
