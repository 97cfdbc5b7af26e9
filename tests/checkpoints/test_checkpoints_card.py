"""The card's front matter is what the hub's own reader expects."""

from huggingface_hub import ModelCard

from srgan_prompt.checkpoints.card import TAGS, model_card, photo_origins


def _card(**changes: object) -> ModelCard:
    settings = {
        "name": "someone/x4",
        "summary": "Trained on synthetic images: {curly} and all.",
        "scale": 4,
        "licence": "MIT",
        "datasets": ["timbrooks/instructpix2pix-clip-filtered"],
        "metrics": {"Set5": {"PSNR (Y)": 28.7123, "LPIPS": 0.21}, "Urban100": {"PSNR (Y)": 24.5}},
        "protocol": "Y channel, 4 pixels cropped.",
        "limits": ["Invents text.", "Smears faces."],
    }
    return ModelCard(model_card(**(settings | changes)))


def test_front_matter() -> None:
    data = _card().data
    assert data.library_name == "srgan_prompt"
    assert data.pipeline_tag == "image-to-image"
    assert data.license == "mit"
    assert data.datasets == ["timbrooks/instructpix2pix-clip-filtered"]
    assert data.tags == list(TAGS)


def test_model_index_holds_the_measured_metrics() -> None:
    results = {(r.dataset_name, r.metric_type, r.metric_name): r.metric_value for r in _card().data.eval_results}
    assert results == {
        ("Set5", "psnr_y", "PSNR (Y)"): 28.7123,
        ("Set5", "lpips", "LPIPS"): 0.21,
        ("Urban100", "psnr_y", "PSNR (Y)"): 24.5,
    }


def test_text() -> None:
    text = _card().text
    assert "| Data | PSNR (Y) | LPIPS |" in text
    assert "| Set5 | 28.71 | 0.21 |" in text
    assert "| Urban100 | 24.5 |  |" in text
    assert "{curly}" in text
    assert "- Smears faces." in text


def test_nothing_measured_is_allowed() -> None:
    assert _card(metrics={}).data.eval_results is None


def test_photo_origins_are_counted(tmp_path) -> None:
    licences = tmp_path / "licences.csv"
    licences.write_text("file,source,licence\na.png,Ark,CC0\nb.png,Barn,CC BY\nc.png,Ark,CC0\n")
    text = photo_origins(licences)
    assert "Trained on 3 photos" in text
    assert "Sources: Ark (CC0): 2; Barn (CC BY): 1." in text
    assert photo_origins(None) == ""
