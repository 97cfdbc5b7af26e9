"""Where a model comes from: this package, a folder, or the Hugging Face hub; and how one is published there.

Only the files that a model folder may hold are ever fetched. There is no fallback to other files.
"""

import re
from importlib import resources
from pathlib import Path

from srgan_prompt.checkpoints.format import MANIFEST_NAME
from srgan_prompt.checkpoints.model import MODEL_FILES, load_model
from srgan_prompt.errors import ModelError, OutputError, UsageError

SHIPPED = "weights/x4"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_NO_PICKLES = "pickled weights (.pth, .pt, .ckpt, .bin) are never loaded"


def resolve_model(source: str | Path | None, revision: str | None = None) -> Path:
    """The model folder that ``source`` stands for, fetched if need be; its contents are verified by ``load_model``.

    Args:
        source: None for the weights that ship with the package, a folder, or a hub id ("owner/name").
        revision: branch, tag or commit on the hub; folders have none.

    Raises:
        ModelError: there is no such folder or hub model, or the hub cannot be reached.
        UsageError: a revision of what is no hub model.
    """
    folder = None if source is None else Path(source).expanduser()
    if revision is not None and (folder is None or folder.exists()):
        where = "the shipped model" if folder is None else folder
        raise UsageError(f"A revision is of a model on the hub, and {where} is on this machine; leave it out.")
    if folder is None:
        return _shipped()
    if folder.is_dir():
        return folder
    if folder.exists():
        raise ModelError(f"{source} is a file; name the folder that holds {MANIFEST_NAME}: {_NO_PICKLES}.")
    if isinstance(source, str) and _HUB_ID.fullmatch(source):
        return _fetch(source, revision)
    raise ModelError(f"There is no model folder {str(source)!r}, and that is no hub id of the form owner/name.")


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


def _shipped() -> Path:
    folder = Path(str(resources.files("srgan_prompt") / SHIPPED))
    if not folder.is_dir():
        raise ModelError("This installation ships no weights; name a model folder or a hub id.")
    return folder


def _fetch(repo_id: str, revision: str | None) -> Path:
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
        raise ModelError(f"{repo_id} on the hub has no {MANIFEST_NAME}: it is not ours, and {_NO_PICKLES}.")
    return folder


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
