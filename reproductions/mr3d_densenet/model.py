"""The network of Liu et al.: two dense blocks of 3D convolutions over multi-resolution densities.

Beside it one of ours, on moments of the neighbours, which no rotation changes (``layout="moments"``).
"""

from __future__ import annotations

import keras
from keras import layers

from . import moments
from .config import Config
from .densities import ELEMENTS, densities, elements, rotated, within

#: Inputs are places of atoms: no signal that could grow.
SCALES = "features"


@keras.saving.register_keras_serializable("nmr_repro")
class Densities(layers.Layer):
    """Offsets (batch, K, 3), channels (batch, K), rotations (batch, 3, 3) to densities on all boxes."""

    def __init__(self, boxes, grid, **kwargs):
        super().__init__(**kwargs)
        self.boxes, self.grid = tuple(boxes), grid

    def call(self, offsets, channels, rotations):
        """The densities of rotated neighbours, (batch, grid, grid, grid, 4 x boxes)."""
        return densities(rotated(offsets, rotations), channels, self.boxes, self.grid)

    def compute_output_shape(self, offsets_shape, channels_shape, rotations_shape):
        """Known but for the batch."""
        return (offsets_shape[0], self.grid, self.grid, self.grid, len(ELEMENTS) * len(self.boxes))

    def get_config(self):
        """What ``__init__`` takes."""
        return {**super().get_config(), "boxes": self.boxes, "grid": self.grid}


@keras.saving.register_keras_serializable("nmr_repro")
class Surroundings(layers.Layer):
    """Offsets (batch, K, 3), channels (batch, K), rotations (batch, 3, 3) to what is summed over neighbours.

    Spherical harmonics, radial functions, elements and bonds of the nearest, (batch, near, ...) each.
    """

    def __init__(self, reach, radial, degree, **kwargs):
        super().__init__(**kwargs)
        self.reach, self.radial, self.degree = reach, radial, degree

    def call(self, offsets, channels, rotations):
        """The four arrays."""
        near, seen = (within(reach) for reach in (self.reach, self.reach + moments.BEYOND))
        offsets = rotated(offsets[:, :seen], rotations)
        types = elements(channels[:, :seen])
        around = offsets[:, :near]
        lengths = moments.lengths(around)
        return (
            moments.harmonics(around / lengths[..., None], self.degree),
            moments.radial(lengths, self.reach, self.radial),
            types[:, :near],
            moments.bonds(offsets, types, near),
        )

    def compute_output_shape(self, offsets_shape, channels_shape, rotations_shape):
        """Known but for the batch and the neighbours."""
        kinds = len(ELEMENTS)
        sizes = (self.degree + 1) ** 2, self.radial, kinds, kinds * len(moments.BONDS)
        return tuple((offsets_shape[0], None, size) for size in sizes)

    def get_config(self):
        """What ``__init__`` takes."""
        return {**super().get_config(), "reach": self.reach, "radial": self.radial, "degree": self.degree}


@keras.saving.register_keras_serializable("nmr_repro")
class Moments(layers.Layer):
    """:func:`moments.moments` as a layer."""

    def call(self, angular, radii, kinds):
        """Sum over the neighbours."""
        return moments.moments(angular, radii, kinds)

    def compute_output_shape(self, angular_shape, radii_shape, kinds_shape):
        """Known but for the batch."""
        return (angular_shape[0], angular_shape[2], radii_shape[2] * kinds_shape[2])


def build(config: Config) -> keras.Model:
    """From neighbours (batch, K, 3), their channels (batch, K) and rotations (batch, 3, 3) to (batch, 1).

    Any number of neighbours, nearest first. The output is the shielding in units of the target. With
    ``config.joint`` a fourth input (batch, nuclei) is one for the nucleus of the atom, zero for the others.
    """
    offsets = keras.Input((None, 3), name="offsets")
    channels = keras.Input((None,), dtype="int8", name="channels")
    rotations = keras.Input((3, 3), name="rotations")
    inputs = [offsets, channels, rotations]
    if config.joint:
        inputs.append(keras.Input((len(config.nuclei),), name="nucleus"))
    if config.layout == "moments":
        shieldings = _invariant(config, *inputs)
    else:
        shieldings = network(config, Densities(config.boxes, config.grid, name="densities")(*inputs[:3]))
    if config.joint:
        shieldings = layers.Dot(1, name="shielding")([shieldings, inputs[-1]])
    return keras.Model(inputs, shieldings, name="mr3d_densenet")


def network(config: Config, maps):
    """From densities (batch, grid, grid, grid, channels) to the target (batch, 1), or one of each nucleus."""
    maps = {"densenet": _densenet, "cnn": _plain}[config.layout](config, maps)
    value = layers.Flatten(name="flatten")(maps)
    for i, width in enumerate(config.hidden):
        value = _cure(config, layers.Dense(width, **_decayed(config), name=f"hidden{i}")(value), f"hidden{i}")
        value = layers.Dropout(config.dropout, name=f"hidden{i}_dropout")(value)
    if config.joint:
        return layers.Dense(len(config.nuclei), name="shieldings")(value)
    return layers.Dense(1, name="shielding")(value)


def _invariant(config: Config, offsets, channels, rotations, *nucleus):
    """From neighbours to the target, or one of each nucleus, by scalars that no rotation changes.

    Moments of all kinds of neighbours and distances are mixed linearly, those of a degree alike. Their
    products go through a residual network, in which all nuclei share all but the last weights.
    """
    around = Surroundings(config.reach, config.radial, config.degree, name="surroundings")
    angular, radii, types, bonds = around(offsets, channels, rotations)
    kinds = layers.Concatenate(name="neighbours")([types, bonds])
    kinds = layers.Dense(48, activation="silu", name="kinds_a")(kinds)  # ours
    kinds = layers.Dense(16, use_bias=False, name="kinds_b")(kinds)  # ours
    kinds = layers.Concatenate(name="kinds")([types, kinds])
    made = Moments(name="moments")(angular, radii, kinds)
    scalars = []
    for degree in range(config.degree + 1):
        mixed = layers.Dense(2 * config.channels, use_bias=False, name=f"mix{degree}")(
            made[:, moments.orders(degree)]
        )
        one, other = mixed[:, :, : config.channels], mixed[:, :, config.channels :]
        scalars += [moments.power(one, other)] if degree else [mixed[:, 0]]
    count = config.channels // 2
    if config.degree > 1:
        vectors = layers.Dense(2 * count, use_bias=False, name="vectors")(made[:, moments.orders(1)])
        matrices = layers.Dense(3 * count, use_bias=False, name="matrices")(made[:, moments.orders(2)])
        scalars.append(moments.triples(vectors, matrices))
    value = layers.Concatenate(name="scalars")([*scalars, *nucleus])
    value = layers.BatchNormalization(momentum=config.memory, name="scalars_norm")(value)
    value = layers.Dense(config.hidden[0], **_decayed(config), name="hidden")(value)
    for i, width in enumerate(config.hidden):
        added = layers.Activation("silu", name=f"residual{i}_in")(value)
        added = layers.Dense(width, activation="silu", **_decayed(config), name=f"residual{i}_a")(added)
        added = layers.Dropout(config.dropout, name=f"residual{i}_dropout")(added)
        added = layers.Dense(config.hidden[0], **_decayed(config), name=f"residual{i}_b")(added)
        value = layers.Add(name=f"residual{i}")([value, added])
    value = layers.Dropout(config.dropout, name="last_dropout")(layers.Activation("silu", name="last")(value))
    count, name = (len(config.nuclei), "shieldings") if config.joint else (1, "shielding")
    # zeros: the first steps are small, as those of scalars of random mixtures would not be
    return layers.Dense(count, kernel_initializer="zeros", name=name)(value)


def _densenet(config: Config, maps):
    """The stem and the blocks, each followed by the two ways down to half the nodes."""
    width = config.channels
    maps = _convolution(config, maps, width, 3, "stem", strides=config.stride)
    for block in range(config.blocks):
        if block:
            maps = _convolution(config, maps, width, 1, f"between{block}")
        maps = _block(config, maps, f"block{block}")
        maps = _shrink(config, maps, f"shrink{block}")
        maps = _convolution(config, maps, 4 * width, 1, f"shrink{block}_a")
        maps = _convolution(config, maps, width, 1, f"shrink{block}_b")
    return maps


def _block(config: Config, maps, name: str):
    """Units that each see the maps of all before; two 1 x 1 x 1 convolutions, then one of 3 x 3 x 3.

    Only the last unit's maps leave the block, as in the authors' script; all of them with ``flow="all"``.
    """
    pile = maps
    for i in range(config.units):
        unit = f"{name}_unit{i}"
        made = _convolution(config, pile, 4 * config.channels, 1, f"{unit}_a")
        made = _convolution(config, made, config.channels, 1, f"{unit}_b")
        made = _convolution(config, made, config.channels, 3, f"{unit}_c")
        if i + 1 < config.units or config.flow == "all":
            pile = layers.Concatenate(name=f"{unit}_pile")([pile, made])
    return pile if config.flow == "all" else made


def _shrink(config: Config, maps, name: str):
    """Half the nodes an edge: averages of 2 x 2 x 2 over the whole box, and its centre in full detail."""
    averages = layers.AveragePooling3D(2, name=f"{name}_average")(maps)
    if config.shrink == "average":
        return averages
    size = maps.shape[1]
    low = (size - size // 2) // 2
    centre = layers.Cropping3D(((low, size - size // 2 - low),) * 3, name=f"{name}_centre")(maps)
    return layers.Concatenate(name=f"{name}_both")([averages, centre])


def _plain(config: Config, maps):
    """code: nine convolutions of 3 x 3 x 3, averaged down to half the nodes after three and after six."""
    for i in range(9):
        maps = _convolution(config, maps, config.channels, 3, f"conv{i}")
        if i in (2, 5):
            maps = layers.AveragePooling3D(2, name=f"conv{i}_average")(maps)
    return maps


def _convolution(config: Config, maps, filters: int, size: int, name: str, strides: int = 1):
    """Convolution, batch normalisation, activation."""
    options = {"strides": strides, "padding": "same", "name": name, **_decayed(config)}
    return _cure(config, layers.Conv3D(filters, size, **options)(maps), name)


def _cure(config: Config, value, name: str):
    """Batch normalisation and activation."""
    if config.norm:
        value = layers.BatchNormalization(momentum=config.memory, name=f"{name}_norm")(value)
    return layers.Activation(config.activation, name=f"{name}_{config.activation}")(value)


def _decayed(config: Config) -> dict:
    return {"kernel_regularizer": keras.regularizers.L2(config.decay)} if config.decay else {}
