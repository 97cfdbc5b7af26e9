"""A model out again: as a folder, and onto the hub."""

import tempfile
from pathlib import Path

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.load import LoadedModel


def save(model: LoadedModel, folder: Path, *, overwrite: bool = False) -> None:
    """Write ``model`` as a model folder, with the card and measurements of the folder that it came from.

    Raises:
        OutputError: the folder exists or cannot be written.
        UsageError: the model has no weights of ours.
    """
    from srgan_prompt.checkpoints.card import model_card
    from srgan_prompt.checkpoints.model import load_model, save_model
    from srgan_prompt.inference.torch_engine import TorchEngine

    if not isinstance(model.engine, TorchEngine):
        raise UsageError(f"{model.name} is no torch model of srgan_prompt; only those are saved as a folder.")
    origin = load_model(model.folder) if model.folder else None
    config = model.engine.generator.config
    save_model(
        folder,
        model.engine.generator.state_dict(),
        config.model_dump(mode="json"),
        (model.folder / "README.md").read_text("utf-8")
        if model.folder and (model.folder / "README.md").is_file()
        else model_card(
            name=folder.name,
            summary="Saved from Python; nothing was measured on it.",
            scale=config.scale,
            licence="MIT",
            datasets=(),
            metrics={},
            protocol="Nothing was measured.",
            limits=("Not tested.",),
        ),
        extra_documents=origin.documents if origin else None,
        train_step=origin.manifest.step if origin else 0,
        encoder=model.encoder,
        overwrite=overwrite,
    )


def publish(model: LoadedModel, repo_id: str, *, private: bool = False) -> str:
    """Put ``model`` on the Hugging Face hub; returns the address of the commit. Raises OutputError."""
    from srgan_prompt.checkpoints.card import push_to_hub

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / repo_id.rpartition("/")[2]
        save(model, folder)
        return push_to_hub(folder, repo_id, private=private)
