"""How a model is published on the Hugging Face hub: the files that a model folder may hold, and no other."""

from pathlib import Path

from srgan_prompt.checkpoints.model import MODEL_FILES, load_model
from srgan_prompt.errors import ModelError, OutputError, first_line


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
