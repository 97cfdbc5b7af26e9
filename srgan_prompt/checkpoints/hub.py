"""Models on the Hugging Face hub: how one comes from there, and how one is published.

Only the files that a model folder may hold are ever fetched. There is no fallback to other files.
"""

from pathlib import Path

from srgan_prompt.checkpoints.format import MANIFEST_NAME
from srgan_prompt.checkpoints.model import MODEL_FILES, NO_PICKLES, load_model
from srgan_prompt.errors import ModelError, OutputError


def fetch_model(repo_id: str, revision: str | None = None) -> Path:
    """The folder in the hub's own cache that holds ``repo_id`` at ``revision``, a branch, tag or commit.

    Raises:
        ModelError: there is no such model, it is not ours, or the hub cannot be reached.
    """
    import huggingface_hub
    from huggingface_hub import errors

    try:
        snapshot = huggingface_hub.snapshot_download(repo_id, revision=revision, allow_patterns=list(MODEL_FILES))
    except errors.RevisionNotFoundError:
        raise ModelError(f"{repo_id} has no revision {revision!r} on the hub.") from None
    except errors.RepositoryNotFoundError:
        hint = "check the spelling, or log in with `hf auth login` if it is private"
        raise ModelError(f"There is no folder and no hub model {repo_id}; {hint}.") from None
    except errors.LocalEntryNotFoundError:
        where = "is no folder here and not in the hub cache, and the hub cannot be reached"
        raise ModelError(f"{repo_id} {where}; connect, or name a model folder.") from None
    except Exception as error:
        raise ModelError(f"{repo_id} cannot be fetched from the hub ({_first_line(error)}).") from error
    folder = Path(snapshot)
    if not (folder / MANIFEST_NAME).is_file():
        raise ModelError(f"{repo_id} on the hub has no {MANIFEST_NAME}: it is not ours, and {NO_PICKLES}.")
    return folder


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
        raise OutputError(f"{repo_id} cannot be published ({_first_line(error)}); try `hf auth login`.") from error
    return str(commit.commit_url)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
