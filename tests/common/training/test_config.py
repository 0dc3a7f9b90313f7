import json
import math
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import ConfigError
from common.training import config as configuration
from tests.common.training import tiny
from tests.processes import output


@dataclass(frozen=True)
class Config:
    epochs: int = 10
    rate: float = 1e-3
    residual: bool = True
    loss: str = "mse"
    fractions: tuple[float, ...] = (0.125, 0.25)
    region: tuple[float, float] = (6.2, 11.0)
    limit: int | None = None


MODULE = SimpleNamespace(
    Config=Config,
    PRESETS={"smoke": {"epochs": 1, "rate": 0.5}, "paper": {"epochs": 500}},
    VARIANTS={"faithful": {}, "linear": {"rate": 0.25, "residual": False}},
)


def resolve(preset="smoke", variant="faithful", **overrides):
    return configuration.resolve(MODULE, preset, variant, overrides)


def test_later_words_win():
    assert resolve("paper") == Config(epochs=500)
    assert resolve("smoke", "linear") == Config(epochs=1, rate=0.25, residual=False)
    assert resolve("smoke", "linear", rate="0.1") == Config(epochs=1, rate=0.1, residual=False)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("epochs", "7", 7),
        ("rate", "1e-4", 1e-4),
        ("rate", 2, 2.0),
        ("residual", "no", False),
        ("residual", "True", True),
        ("loss", "mae", "mae"),
        ("fractions", "0.1,0.2, 0.3", (0.1, 0.2, 0.3)),
        ("fractions", "0.5", (0.5,)),
        ("fractions", "()", ()),
        ("region", "(6, 11)", (6.0, 11.0)),
        ("region", [6, 11], (6.0, 11.0)),
        ("limit", "3", 3),
        ("limit", "none", None),
    ],
)
def test_values_take_the_type_of_their_field(field, text, value):
    found = getattr(resolve(**{field: text}), field)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("epoch", 1, "did you mean epochs?"),
        ("zzz", 1, "there are epochs, rate"),
        ("epochs", "ten", "field epochs needs a whole number, not 'ten'"),
        ("epochs", 1.5, "whole number"),
        ("epochs", True, "whole number"),
        ("epochs", math.inf, "whole number"),
        ("epochs", math.nan, "whole number"),
        ("epochs", None, "whole number"),
        ("rate", "fast", "needs a number"),
        ("rate", "nan", "needs a number"),
        ("residual", "maybe", "true or false"),
        ("loss", 3, "a text"),
        ("region", "1,2,3", "2 numbers separated by commas"),
        ("region", 3, "2 numbers"),
        ("fractions", "a,b", "a number, not 'a'"),
    ],
)
def test_a_wrong_field_or_value_is_one_line(field, text, words):
    with pytest.raises(ConfigError) as caught:
        resolve(**{field: text})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_preset_and_variant_name_the_nearest():
    with pytest.raises(ConfigError, match="unknown preset 'papr'; did you mean paper"):
        resolve("papr")
    with pytest.raises(ConfigError, match="unknown variant 'x'; there are faithful, linear"):
        resolve("smoke", "x")


@given(
    st.builds(
        Config,
        epochs=st.integers(0, 10**9),
        rate=st.floats(allow_nan=False, allow_infinity=False),
        loss=st.text(),
        fractions=st.lists(st.floats(0, 1)).map(tuple),
        limit=st.none() | st.integers(),
    )
)
def test_json_keeps_every_field_and_the_digest(config):
    again = configuration.from_dict(Config, json.loads(configuration.to_json(config)))
    assert again == config
    assert configuration.digest(again) == configuration.digest(config)


def test_json_of_older_code_takes_the_default_of_a_newer_field():
    found = configuration.from_dict(Config, {"epochs": 3, "region": [6, 11]})
    assert found == Config(3, region=(6.0, 11.0))


def test_the_digest_tells_values_not_spellings():
    assert configuration.digest(resolve(rate="1")) == configuration.digest(resolve(rate=1.0))
    assert configuration.digest(resolve(rate="1")) != configuration.digest(resolve(rate=2))
    name = configuration.run_id(Config(), "paper", "faithful", "jax", 2)
    assert name == f"paper-faithful-jax-s2-{configuration.digest(Config())}"


def test_overrides_are_what_preset_and_variant_do_not_explain():
    config = configuration.resolve(tiny, "paper", "wide", {"rate": "0.5"})
    assert configuration.overrides(config, "paper", "wide") == {"rate": 0.5}
    assert configuration.overrides(config, "smoke", "wide") == {"rate": 0.5, "epochs": 500}


def test_neither_configuration_nor_session_imports_keras():
    code = (
        "import sys, common.training.config; heavy = {'numpy', 'keras', 'jax', 'tensorflow', 'matplotlib'};"
        "assert not heavy & set(sys.modules);"
        "import common.training.session; assert heavy & set(sys.modules) == {'numpy'}, sys.modules"
    )
    output("-c", code)
