"""The installed version, looked up when asked: reading package metadata takes longer than everything else at start."""


def installed_version() -> str:
    """Such as "0.1.0"; "source tree" when the package was never installed."""
    from importlib import metadata

    try:
        return metadata.version("srgan-prompt")
    except metadata.PackageNotFoundError:
        return "source tree"
