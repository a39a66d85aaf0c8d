"A mistake in a recipe is one line that names file, key and reason; old recipes keep their meaning."
import json, tomllib
from dataclasses import fields, is_dataclass
import pytest
from hypercol.cli import run
from hypercol.core import HypercolError
from hypercol.learn.recipe import RECIPES, Recipe, from_values, load_recipe, network_of, to_values
from hypercol.paint.card import load_model, shipped_models
from house import ROOT, contents

BROKEN = { # test id: (what replaces values of the recipe smoke, key in the message, reason in the message)
    'batch for one of two sizes': ('generator.batch = [4]', 'generator.batch', '2 sizes'),
    'laps for one of two sizes': ('generator.laps = [4]', 'generator.laps', '2 sizes'),
    'laps as a number': ('generator.laps = 5', 'generator.laps', 'a list'),
    'a rate as a word': ('generator.lr = "fast"', 'generator.lr', "a number from 0 to 1, got 'fast'"),
    'a rate that is no number': ('generator.lr = nan', 'generator.lr', 'got nan'),
    'a rate below zero': ('gan.critic_lr = -1e-3', 'gan.critic_lr', 'got -0.001'),
    'sizes that are no multiples': ('generator.sizes = [33, 50]', 'generator.sizes', 'a multiple of 16, got 33'),
    'a size below the least': ('generator.sizes = [16, 32]', 'generator.sizes', 'from 32'),
    'a size with a fraction': ('generator.sizes = [32, 64.0]', 'generator.sizes', 'an integer'),
    'no sizes': ('generator.sizes = []', 'generator.sizes', 'a list of 1'),
    'a misspelt key of a stage': ('generator.step = 5', 'generator.step', 'did you mean steps?'),
    'a misspelt key': ('widhts = [8, 8, 8, 8]', 'widhts', 'did you mean widths?'),
    'an unknown stage': ('[polish]\nlaps = [1]', 'polish', 'no such key'),
    'an encoder by a wrong name': ('encoder = "imagnet"', 'encoder', 'imagenet, torchvision, random'),
    'an encoder that is not there': ('encoder = "gone.safetensors"', 'gone.safetensors', 'no such encoder'),
    'three widths': ('widths = [48, 32, 24]', 'widths', 'a list of 4'),
    'a width of zero': ('widths = [48, 32, 24, 0]', 'widths', 'got 0'),
    'a truth value for a number': ('k = true', 'k', 'got True'),
    'everything set aside': ('valid = 1.0', 'valid', 'got 1.0'),
    'another precision': ('precision = "fp16"', 'precision', "auto or fp32 or bf16, got 'fp16'"),
    'another loss': ('critic.adversarial = "wgan"', 'critic.adversarial', 'gan or hinge'),
    'a loss as a list': ('critic.adversarial = ["gan"]', 'critic.adversarial', 'gan or hinge'),
    'weights without one': ('gan.weights = {l1 = 1.0, perceptual = 1.0}', 'gan.weights', 'lacks gan.weights.adv'),
    'weights as a number': ('gan.weights = 3', 'gan.weights', 'a table'),
    'no perceptual level': ('gan.perceptual_levels = [0, 0, 0, 0, 0]', 'gan.perceptual_levels', 'one above 0'),
    'a stage as a number': ('generator = 3', 'generator', 'a table'),
    'too few saved outputs': ('critic.samples = 2', 'critic.samples', 'one batch of 4'),
    'pictures too small for the critic': (
        'critic.widths = [8, 8, 8, 8]\ncritic.sizes = [32]', 'critic.sizes', 'least 48'),
    'like nothing': ('like = "smok"', 'smok', 'no such recipe'),
    'like a number': ('like = 3', 'like', "a recipe's name"),
}

@pytest.mark.parametrize('text,key,reason', BROKEN.values(), ids=list(BROKEN))
def test_a_broken_recipe_is_one_line(capfd, tmp_path, text, key, reason):
    path = tmp_path/'bad.toml'
    path.write_text(text if text.startswith('like') else f'like = "smoke"\n{text}')
    status = run(['train', '--recipe', str(path), '--data', 'samples', '--out', str(tmp_path/'run')])
    out, err = capfd.readouterr()
    assert (status, out) == (2, '')
    assert err.count('\n') == 1 and err.startswith('hypercol: '), err
    assert key in err and reason in err, err
    assert 'bad.toml' in err or key in ('gone.safetensors', 'smok'), err
    assert contents(tmp_path).keys() == {'bad.toml'}

OF_A_STAGE = ('sizes', 'laps', 'batch', 'steps', 'smallest', 'tone', 'valid_photos', 'lr', 'encoder_lr', 'warm', 'wd',
              'mom', 'sqr_mom', 'clip', 'ema', 'beta', 'checkpoint_minutes', 'frozen')
REQUIRED = ['encoder', 'widths', 'k', 'short_side', 'valid', *(f'generator.{k}' for k in OF_A_STAGE)]

@pytest.mark.parametrize('key', REQUIRED)
def test_a_missing_key_is_named(key):
    values = to_values(load_recipe('smoke'))
    table, _, last = key.rpartition('.')
    del (values[table] if table else values)[last]
    with pytest.raises(HypercolError, match=f'it lacks {key};'): from_values(Recipe, values)

def test_gan_without_critic(tmp_path):
    values = to_values(load_recipe('smoke'))
    del values['critic']
    with pytest.raises(HypercolError, match='critic: missing'): from_values(Recipe, values)

def keys(values, prefix=''): # of all tables, with dots
    return {k for name, v in values.items()
            for k in (keys(v, f'{prefix}{name}.') if isinstance(v, dict) else [f'{prefix}{name}'])}

@pytest.mark.parametrize('name', sorted(p.stem for p in RECIPES.glob('*.toml')))
def test_a_shipped_recipe_writes_out_every_number(name):
    written = tomllib.loads((RECIPES/f'{name}.toml').read_text(encoding='utf-8'))
    assert 'like' in written or keys(written) == keys(to_values(load_recipe(name)))

@pytest.mark.parametrize('path', sorted((ROOT/'nbs'/'experiments').rglob('*.toml')), ids=lambda p: p.name)
def test_recipes_of_experiments_are_whole(path):
    assert load_recipe(path).stages

def test_recipes_of_0_1_mean_what_they_meant():
    assert load_recipe(ROOT/'tests'/'fixtures'/'0.1'/'tiny.toml').head == (64, 32)
    for name in shipped_models():
        values = load_model(name).recipe_values
        recipe = from_values(Recipe, json.loads(json.dumps(values)))
        tables = {k: v for k, v in values.items() if isinstance(v, dict)} # compared below, each by itself
        assert values.items() <= (to_values(recipe) | tables).items()
        for stage in recipe.stages: assert values[stage].items() <= to_values(recipe)[stage].items()
        assert network_of(values).stages == {}

def test_the_recipe_of_the_card_names_its_precision():
    for name in shipped_models():
        card = load_model(name)
        assert load_recipe(card.recipe).precision == card.precision

def test_a_recipe_is_frozen():
    recipe = load_recipe('smoke')
    for value in (recipe, *recipe.stages.values(), recipe.gan.weights):
        parts = [getattr(value, f.name) for f in fields(value)]
        assert is_dataclass(value) and all(isinstance(p, (int, float, str, tuple)) or is_dataclass(p) for p in parts)
        with pytest.raises(AttributeError): setattr(value, fields(value)[0].name, 1)
