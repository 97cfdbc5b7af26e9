"""R14, R15, R16, every shape of network: gradients reach everything, a batch can be learnt, the curve is the known one.

The known curve is written anew by  python tests/training/test_training_steps.py
"""

import json
import sys
import tempfile
from pathlib import Path

import pytest
import torch
from random_vgg16 import random_vgg16_state
from training_makers import TEXT_DIM, differing, everything, make_bank, make_batches, make_trainer, tiny_config

from srgan_prompt.checkpoints.run import load_newest
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.losses.objective import Objective, crisp_rows
from srgan_prompt.losses.perceptual import PerceptualLoss, random_phase_crop
from srgan_prompt.models.generator import SRGAN
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import plain_request
from srgan_prompt.training.build import mixed_precision
from srgan_prompt.training.loop import checkpoint_root
from srgan_prompt.training.state import TrainState, build_optimizer, schedule
from srgan_prompt.training.steps import GeneratorStep, discriminator_step, generator_step

CURVE = Path(__file__).with_name("loss_curve.json")
CPU = torch.device("cpu")


def train_records(config):
    lines = (config.run / "log.jsonl").read_text().splitlines()
    return [record for record in map(json.loads, lines) if record["kind"] == "train"]


def loss_curve(run):
    config = tiny_config(run)
    make_trainer(config).fit()
    names = ("loss", "gradient", "discriminator")
    return [{name: record[name] for name in names if name in record} for record in train_records(config)]


def test_the_loss_curve_is_the_known_one(tmp_path):
    known, now = json.loads(CURVE.read_text()), loss_curve(tmp_path)
    assert len(now) == len(known) == 20
    for step, (one, other) in enumerate(zip(now, known, strict=True), start=1):
        assert one == pytest.approx(other, rel=1e-4), step


def full_config(tmp_path, **changes):
    """As the defaults are: TIRG at two depths, tone, intent, discriminator; only smaller."""
    return tiny_config(tmp_path, data={"batch_images": 16}, generator={"dropout": 0.0}, **changes)


def test_every_parameter_gets_a_finite_gradient(tmp_path):
    config = full_config(tmp_path)
    state, batches = TrainState.new(config, CPU), make_batches(config)
    objective, batch = Objective(config.loss, {}, batches.bank), batches(0)
    sentences = torch.arange(len(batches.bank))
    made = generator_step(
        state.generator, state.generator, state.discriminator, batch, objective, ramp=1.0, sentences=sentences
    )
    assert set(made.terms) == {"pixel", "adversarial", "intent"}
    sum(made.terms.values()).backward()
    assert all(parameter.grad is None for parameter in state.discriminator.parameters())
    state.discriminator.requires_grad_(True)
    loss, _ = discriminator_step(state.discriminator, made, batch, config.loss)
    loss.backward()
    for network in (state.generator, state.discriminator):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert torch.isfinite(parameter.grad).all(), name
            assert parameter.grad.abs().sum() > 0, name


@pytest.fixture
def judging_features(tmp_path):
    """A config whose discriminator judges features too, and a VGG16 of random weights for it."""
    layers = {"conv1_2": 1.0, "conv2_1": 1.0}
    weights = {"perceptual_weight": 0.5, "perceptual_layers": layers, "feature_adversarial_weight": 0.5}
    return full_config(tmp_path, loss=weights), PerceptualLoss(layers, True, random_vgg16_state())


def test_the_features_of_crisp_samples_are_judged_beside_the_pixels(judging_features):
    config, perceptual = judging_features
    state, batches = TrainState.new(config, CPU), make_batches(config)
    batch, objective = batches(0), Objective(config.loss, {}, batches.bank, perceptual)
    networks = (state.generator, state.generator, state.discriminator)
    made = generator_step(*networks, batch, objective, ramp=1.0, sentences=torch.arange(4))
    assert set(made.terms) == {"pixel", "perceptual", "adversarial", "feature_adversarial", "intent"}
    (gradient,) = torch.autograd.grad(made.terms["feature_adversarial"], [state.generator.trunk_end.weight])
    assert gradient.abs().sum() > 0
    assert all(parameter.grad is None for parameter in state.discriminator.parameters())
    state.discriminator.requires_grad_(True)
    loss, logits = discriminator_step(state.discriminator, made, batch, config.loss)
    loss.backward()
    assert {"logit_feature_real", "logit_feature_fake"} <= logits.keys()
    for name, parameter in state.discriminator.named_parameters():
        assert parameter.grad.abs().sum() > 0, name


def test_a_discriminator_learns_to_tell_features_apart(judging_features):
    config, perceptual = judging_features
    state, batch = TrainState.new(config, CPU), make_batches(config)(0)
    output = torch.nn.functional.avg_pool2d(batch.target, 5, 1, 2)
    rows = crisp_rows(batch.crisp)
    compared = perceptual.compare(output[rows], batch.target[rows])
    optimizer = torch.optim.Adam(state.discriminator.feature_heads.parameters(), lr=2e-3)
    for _ in range(100):
        loss, logits = discriminator_step(state.discriminator, GeneratorStep(output, {}, compared), batch, config.loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert logits["logit_feature_real"] - logits["logit_feature_fake"] > 1


@pytest.mark.parametrize("adversarial", ["vanilla", "ragan"])
def test_a_run_that_judges_features_goes_on_where_it_stopped(tmp_path, judging_features, adversarial):
    config, perceptual = judging_features
    config = config.model_copy(
        update={
            "run": tmp_path / "run",
            "pixel_steps": 0,
            "gan_steps": 2,
            "ramp_steps": 1,
            "loss": config.loss.model_copy(update={"adversarial": adversarial}),
        }
    )
    trainer = make_trainer(config)
    trainer.objective = Objective(config.loss, {}, trainer.batches.bank, perceptual)
    trainer.fit()
    assert {"feature_adversarial", "logit_feature_real"} <= train_records(config)[-1].keys()
    again = TrainState.new(config.model_copy(update={"seed": 5}), CPU)
    again.restore(load_newest(checkpoint_root(config)))
    after = everything(trainer.state)
    assert any("feature_heads" in name for name in after)
    assert differing(everything(again), after) == []


def test_the_perceptual_term_sees_crisp_samples_only_from_a_random_corner(tmp_path):
    config = full_config(tmp_path, loss={"perceptual_weight": 0.5})
    state, batches = TrainState.new(config, CPU), make_batches(config)
    batch, seen = batches(0), []

    def perceptual(output, target):
        seen.append(target)
        return (output - target).square().mean(dim=(1, 2, 3))

    objective = Objective(config.loss, {"perceptual": perceptual}, batches.bank)
    options = {"ramp": 1.0, "sentences": torch.arange(4)}
    torch.manual_seed(0)
    generator_step(state.generator, state.generator, state.discriminator, batch, objective, **options)
    crisp = batch.crisp > 0
    assert 0 < crisp.sum() < len(crisp)
    torch.manual_seed(0)
    assert torch.equal(seen[0], random_phase_crop(batch.target[crisp])[0])


def test_the_discriminator_sees_crisp_samples_only_and_the_wrong_sentence_of_the_same_image(tmp_path):
    config = full_config(tmp_path)
    batch, calls = make_batches(config)(0), []

    def discriminator(image, source, text, features):
        calls.append((image, source, text))
        assert features == {}
        return [torch.zeros(len(image), 1, 2, 2, requires_grad=True)]

    output = torch.rand_like(batch.target)
    discriminator_step(discriminator, GeneratorStep(output, {}, None), batch, config.loss)
    crisp = batch.crisp > 0
    ((image, source, text),) = calls
    real, fake, wrong = image.chunk(3)
    assert torch.equal(real, batch.target[crisp])
    assert torch.equal(wrong, real)
    assert torch.equal(fake, output[crisp])
    assert torch.equal(source, batch.lr[crisp].repeat(3, 1, 1, 1))
    assert torch.equal(text, torch.cat([batch.text[crisp], batch.text[crisp], batch.wrong_text[crisp]]))


def test_without_crisp_samples_the_gan_terms_weigh_nothing(tmp_path):
    assert crisp_rows(torch.tensor([0.0, 0.5, 0.0, 1.0])).tolist() == [1, 3]
    assert crisp_rows(torch.zeros(4)).tolist() == [0]  # a stand-in, so that every process takes part
    config = full_config(tmp_path)
    state, batches = TrainState.new(config, CPU), make_batches(config)
    batch = batches(0)
    batch.crisp.zero_()
    objective = Objective(config.loss, {}, batches.bank)
    options = {"ramp": 1.0, "sentences": torch.arange(4)}
    made = generator_step(state.generator, state.generator, state.discriminator, batch, objective, **options)
    assert made.terms["adversarial"].item() == 0


def test_a_single_batch_is_learnt_by_heart(tmp_path):
    """What the tone head and the text tower can do exactly: one image, two sentences, two answers."""
    config = tiny_config(
        tmp_path,
        generator={"dropout": 0.0, "channels": 16, "text_channels": 16},
        prompts={"empty_share": 0.0, "clean_share": 1.0},
        optim={"learning_rate": 1e-2},
    )
    bank = make_bank()
    asked = as_tensors([plain_request("sepia"), plain_request("darken")])
    batches = make_batches(config)
    batches.bank = PromptBank(bank.embeddings[:2], asked)
    batch = batches(3)
    assert len({bytes(row.numpy().tobytes()) for row in batch.text}) == 2
    state = TrainState.new(config, CPU)
    optimizer = build_optimizer(state.generator, 1e-2, config.optim)
    objective = Objective(config.loss.model_copy(update={"intent_weight": 0.0}), {}, batches.bank)
    losses = []
    for step in range(200):
        options = {"ramp": 0.0, "sentences": torch.arange(1)}
        made = generator_step(state.generator, state.generator, state.discriminator, batch, objective, **options)
        losses.append(made.terms["pixel"].item())
        optimizer.zero_grad()
        made.terms["pixel"].backward()
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * schedule(step, 200, config.optim)
        optimizer.step()
    assert losses[-1] < losses[0] / 10, (losses[0], losses[-1])


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_every_scale_trains(tmp_path, scale):
    config = tiny_config(tmp_path, pixel_steps=0, gan_steps=2, ramp_steps=1, generator={"scale": scale})
    trainer = make_trainer(config)
    before = everything(trainer.state)
    assert trainer.batches(0).target.shape == (4, 3, 8 * scale, 8 * scale)
    trainer.fit()
    assert {name.split(".")[0] for name in differing(before, everything(trainer.state))} >= {
        "generator",
        "discriminator",
        "ema",
    }


def test_srgans_own_layout_trains_saves_and_loads(tmp_path):
    layout = {**SRGAN.model_dump(), "channels": 8, "num_blocks": 2, "text_features": "raw", "text_dim": TEXT_DIM}
    config = tiny_config(tmp_path, pixel_steps=1, gan_steps=2, ramp_steps=1, generator=layout)
    trainer = make_trainer(config)
    trainer.fit()
    assert "intent" not in train_records(config)[-1]
    after = everything(trainer.state)
    assert any("running_var" in name for name in after)
    again = TrainState.new(config.model_copy(update={"seed": 5}), CPU)
    again.restore(load_newest(checkpoint_root(config)))
    assert differing(everything(again), after) == []


@pytest.mark.parametrize("adversarial", ["lsgan", "hinge", "ragan"])
def test_every_adversarial_objective_trains(tmp_path, adversarial):
    config = tiny_config(tmp_path, pixel_steps=0, gan_steps=2, ramp_steps=1, loss={"adversarial": adversarial})
    make_trainer(config).fit()
    assert {"adversarial", "discriminator", "logit_wrong"} <= train_records(config)[-1].keys()


def test_the_learning_rate_rises_and_falls(tmp_path):
    optim = tiny_config(tmp_path, optim={"warmup_steps": 9, "final_share": 0.1}).optim
    rates = [schedule(step, 100, optim) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == pytest.approx(0.98, abs=0.01)
    assert rates[50] == pytest.approx(0.55)
    assert rates[100] == pytest.approx(0.1)


def test_precision_names():
    assert mixed_precision("fp32") == "no"
    assert mixed_precision("bf16") == "bf16"
    assert mixed_precision("auto") in {"no", "bf16"}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        json.dump(loss_curve(Path(folder)), CURVE.open("w"), indent=0)
    sys.stdout.write(f"{CURVE} written\n")
