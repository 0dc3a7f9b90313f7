import time

import numpy as np
import pytest

from common.training.batches import Batches, generator, part_seed


def numbers(indices, rng):
    return indices, rng.random(len(indices))


def split(name="train", **options):
    return Batches(numbers, **({"count": 10, "batch_size": 4, "seed": 1, "split": name} | options))


def epoch(batches, number):
    return [batches.batch(number, index) for index in range(len(batches))]


def test_generators_differ_in_every_key_and_repeat():
    keys = [(0, "train", 0, 0), (1, "train", 0, 0), (0, "test", 0, 0), (0, "train", 1, 0), (0, "train", 0, 1)]
    draws = [generator(*key).random() for key in keys]
    assert len(set(draws)) == len(keys)
    assert draws == [generator(*key).random() for key in keys]
    # A pinned value: runs published today must see the same data tomorrow.
    assert generator(0, "train", 0, 0).integers(2**32) == 4028179889


def test_training_visits_each_example_once_in_an_order_of_its_own_each_epoch():
    orders = [np.concatenate([indices for indices, _ in epoch(split(), number)]) for number in range(4)]
    for order in orders:
        assert sorted(order) == list(range(10))
    assert len({tuple(order) for order in orders}) == 4
    assert [len(indices) for indices, _ in epoch(split(), 0)] == [4, 4, 2]


def test_other_splits_go_in_order_and_never_change():
    validation = split("validation")
    for (indices, noise), (again, same) in zip(epoch(validation, 0), epoch(validation, 7), strict=True):
        np.testing.assert_array_equal(indices, again)
        np.testing.assert_array_equal(noise, same)
    assert np.concatenate([indices for indices, _ in epoch(validation, 3)]).tolist() == list(range(10))


def test_seeds_change_order_and_noise():
    (first, noise), (second, other) = split(seed=1).batch(0, 0), split(seed=2).batch(0, 0)
    assert first.tolist() != second.tolist()
    assert not np.intersect1d(noise, other).size
    assert part_seed(1, "a") != part_seed(1, "b") != part_seed(2, "a")


def test_impossible_sizes_and_batches_are_refused():
    with pytest.raises(ValueError, match="positive"):
        split(count=0)
    with pytest.raises(IndexError):
        split().batch(0, 3)


def slow(indices, rng):
    """Batches that are ready in another order than they were asked for."""
    time.sleep(0.003 * rng.random())
    return indices.astype("float32"), rng.random(len(indices)).astype("float32")


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_keras_sees_each_batch_once_in_order_whatever_the_number_of_workers(workers):
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("looks into the eager steps of TensorFlow, whose prefetching is the trap")
    seen = []

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    batches = Batches(slow, count=26, batch_size=4, seed=1, split="train", workers=workers)
    dataset = batches.dataset()
    compute = model.compute_loss
    model.compute_loss = lambda x, y, *args, **kwargs: (
        seen.append(keras.ops.convert_to_numpy(y).ravel()),
        compute(x, y, *args, **kwargs),
    )[1]

    def begin(number, logs=None):
        dataset.epoch = number

    model.fit(
        dataset,
        epochs=6,
        initial_epoch=2,
        shuffle=False,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=begin)],
    )
    expected = [targets for number in range(2, 6) for _, targets in epoch(batches, number)]
    assert len(seen) == len(expected)
    for found, wanted in zip(seen, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_the_order_of_an_epoch_is_drawn_once(monkeypatch):
    drawn, order = [], Batches.order
    monkeypatch.setattr(Batches, "order", lambda self, epoch: drawn.append(epoch) or order(self, epoch))
    batches = Batches(lambda indices, rng: (indices, indices), 12, 4, 0, "train")
    for epoch in (0, 1):
        shown = np.concatenate([batches.batch(epoch, index)[0] for index in range(3)])
        np.testing.assert_array_equal(shown, order(batches, epoch))
    assert drawn == [0, 1]
