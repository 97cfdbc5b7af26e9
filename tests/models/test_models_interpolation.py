import pytest
import torch
from tiny_models import TINY, let_refine, make_generator

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.models.weights import interpolate_weights, weights_for


def test_each_weight_lies_between_the_two_by_the_share():
    ours, others = {"a": torch.tensor([4.0, 0.0])}, {"a": torch.tensor([0.0, 8.0])}
    assert interpolate_weights(ours, others, 0.75)["a"].tolist() == [3, 2]
    assert ours["a"].tolist() == [4, 0]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_ends_are_the_two_networks(share):
    first, second = make_generator().state_dict(), {k: v + 1 for k, v in make_generator().state_dict().items()}
    mixed = interpolate_weights(first, second, share)
    assert all(torch.equal(mixed[name], (first if share else second)[name]) for name in first)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_other_shares_are_refused(share):
    with pytest.raises(UsageError, match="from 0 to 1"):
        interpolate_weights({}, {}, share)


def test_different_networks_are_refused():
    wider = make_generator(TINY.model_copy(update={"channels": 12})).state_dict()
    with pytest.raises(ModelError, match="different networks"):
        interpolate_weights(make_generator().state_dict(), wider, 0.5)


def test_weights_without_refinement_draw_the_same_in_a_network_that_has_one():
    plain, refined = make_generator(), make_generator(TINY.model_copy(update={"tail": "refined"}))
    let_refine(refined)
    own, image = refined.state_dict(), torch.rand(1, 3, 5, 6)
    completed = weights_for(refined, plain.state_dict())
    half = interpolate_weights(own, completed, 0.5)
    assert torch.equal(half["tail.refine.0.weight"], own["tail.refine.0.weight"])  # only its last layer is quietened
    assert torch.equal(half["tail.refine.5.weight"], own["tail.refine.5.weight"] / 2)
    refined.load_state_dict(completed)
    assert torch.equal(refined(image), plain(image))


def test_weights_with_refinement_stay_as_they_are():
    refined = make_generator(TINY.model_copy(update={"tail": "refined"}))
    let_refine(refined)
    own = refined.state_dict()
    kept = weights_for(refined, own)
    assert all(torch.equal(kept.pop(name), each) for name, each in own.items())
    assert not kept
