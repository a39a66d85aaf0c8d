"""What a user gets: sdist -> wheel -> an empty environment without extras, where a photograph is colorized.

It needs the package index."""
import os, re, shutil, subprocess, sys, tempfile, venv
from pathlib import Path
import numpy as np, pytest
from PIL import Image
from house import ROOT, contents, copy_house, run, run_well

SAMPLE = ROOT/'hypercol'/'sample'/'nipomo.jpg'
NOT_INSTALLED = 'torch torchvision fastai fastcore scipy skimage matplotlib pandas onnx safetensors IPython'.split()

@pytest.fixture(scope='module')
def house(tmp_path_factory): return copy_house(tmp_path_factory.mktemp('clone')/'house')

@pytest.fixture(scope='module')
def wheel(house, tmp_path_factory): # built from the sdist, as `python -m build` does by default
    dist = tmp_path_factory.mktemp('dist')
    run_well(sys.executable, '-m', 'build', '-o', dist, cwd=house)
    assert len(list(dist.glob('hypercol-*.tar.gz'))) == 1
    built, = dist.glob('hypercol-*.whl')
    return built

class Bare:
    "An environment that holds the wheel and its requirements."
    def __init__(self, folder, wheel):
        venv.create(folder, with_pip=True)
        self.bin = folder/('Scripts' if sys.platform == 'win32' else 'bin')
        self.python, self.hypercol = self.bin/'python', self.bin/'hypercol'
        run_well(self.python, '-m', 'pip', 'install', '-c', ROOT/'constraints.txt', wheel, cwd=folder)
        code = 'import sysconfig; print(sysconfig.get_path("purelib"))'
        self.packages = Path(run_well(self.python, '-c', code, cwd=folder).strip())

@pytest.fixture(scope='module')
def bare(tmp_path_factory, wheel): return Bare(tmp_path_factory.mktemp('bare')/'venv', wheel)


def test_small_on_disk(bare):
    def on_disk(path):
        files = path.rglob('*') if path.is_dir() else [path]
        return sum(getattr(f.lstat(), 'st_blocks', f.lstat().st_size//512)*512 for f in files)
    of_venv = 'pip', 'setuptools', '_distutils_hack'
    sizes = {p.name: on_disk(p) for p in bare.packages.iterdir() if not p.name.startswith(of_venv)}
    assert {'hypercol', 'onnxruntime', 'numpy'} <= sizes.keys()
    assert sum(sizes.values()) < 300e6, sizes

def test_everything_that_is_no_module_came_along(bare, house):
    def files(folder):
        found = [p for kind in ('weights', 'recipes', 'sample', 'sets', 'static') for p in folder.glob(f'{kind}/**/*')]
        return {p.relative_to(folder).as_posix() for p in found if p.is_file()}
    assert files(bare.packages/'hypercol') == files(house/'hypercol')
    info, = bare.packages.glob('hypercol-*.dist-info')
    licenses = {p.relative_to(info).as_posix() for p in info.rglob('LICENSE')}
    assert licenses == {'licenses/LICENSE', 'licenses/hypercol/weights/LICENSE'}

def test_what_pypi_shows(bare):
    info, = bare.packages.glob('hypercol-*.dist-info')
    text = (info/'METADATA').read_text(encoding='utf-8')
    for line in ('License-Expression: Apache-2.0 AND CC-BY-4.0', 'Requires-Python: >=3.11', 'Provides-Extra: train',
                 'Classifier: Typing :: Typed'): assert f'\n{line}\n' in text
    description = text.split('\n\n', 1)[1]
    assert '# hypercol' in description and 'VGG19' in description
    assert re.findall(r'\]\((?!http)[^)]*\)', description) == [] # PyPI has no files of the repository

def test_nothing_of_the_extras_came_along(bare):
    code = f'import importlib.util as u; print([m for m in {NOT_INSTALLED} if u.find_spec(m)])'
    assert run_well(bare.python, '-c', code, cwd=bare.packages).strip() == '[]'

def test_colorizes(bare, tmp_path):
    out = run_well(bare.hypercol, 'colorize', SAMPLE, '-o', tmp_path/'result.jpg', cwd=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ['result.jpg'], out
    result, source = Image.open(tmp_path/'result.jpg'), Image.open(SAMPLE)
    assert (result.mode, result.size) == ('RGB', source.size)
    rgb = np.asarray(result, float)
    assert np.abs(rgb[..., 0] - rgb[..., 2]).mean() > 2 # there is some color
    correlation = np.corrcoef(rgb.mean(2).ravel(), np.asarray(source, float).ravel())[0, 1]
    assert correlation > .98 # it is the same photograph

NOBODY = dict(user=65534, group=65534, extra_groups=[])

def python_of_all(): # a Python of our version that other users may start, too
    code = f'import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})'
    for python in os.path.realpath(sys.executable), '/usr/bin/python3':
        try:
            if not subprocess.run([python, '-c', code], cwd='/', **NOBODY).returncode: return python
        except OSError: pass
    pytest.skip('needs a Python that other users may start')

@pytest.mark.skipif(sys.platform != 'linux' or os.getuid(), reason='needs root, who can become another user')
def test_colorizes_for_another_user_without_home_and_compilers_in_a_package_that_is_read_only(bare):
    with tempfile.TemporaryDirectory() as folder: # not tmp_path, which belongs to one user
        os.chmod(folder, 0o755)
        packages, photos, bin = (Path(folder)/name for name in ('packages', 'photos', 'bin'))
        shutil.copytree(bare.packages, packages, ignore=shutil.ignore_patterns('__pycache__'))
        for made in (photos, bin): made.mkdir()
        shutil.copy(SAMPLE, photos/'old.jpg')
        for path in (photos, photos/'old.jpg'): os.chown(path, 65534, 65534)
        code = f'import sys; sys.path.insert(0, {str(packages)!r}); from hypercol.cli import main; sys.exit(main())'
        before = contents(folder)
        done = subprocess.run([python_of_all(), '-I', '-c', code, 'colorize', 'old.jpg'], cwd=photos, text=True,
                              capture_output=True, env={'PATH': str(bin)}, **NOBODY)
        assert (done.returncode, done.stderr) == (0, '')
        after = contents(folder)
        assert after.keys() - before.keys() == {'photos/old.color.jpg'}
        assert all(after[name] == before[name] for name in before)

def test_a_missing_extra_is_one_line_that_names_the_command(bare, tmp_path):
    command = bare.hypercol, 'train', '--recipe', 'default', '--data', 'samples', '--out', tmp_path/'run'
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert 'pip install' in done.stderr and 'hypercol[train]' in done.stderr
    assert not list(tmp_path.iterdir())

def test_colorizing_leaves_torch_alone_where_it_is_installed(tmp_path):
    code = '''
import sys, numpy as np, hypercol
rgb = hypercol.Colorizer()(np.full((40, 56, 3), 128, np.uint8))
assert rgb.shape == (40, 56, 3) and rgb.dtype == np.uint8
import importlib.util
assert importlib.util.find_spec('torch'), 'this test needs torch'
print(sorted({'torch', 'torchvision', 'fastai', 'fastcore', 'scipy', 'matplotlib'} & set(sys.modules)))
'''
    assert run_well(sys.executable, '-c', code, cwd=tmp_path).strip() == '[]'

STRANGER = '''
from pathlib import Path
import numpy as np
from PIL import Image
from hypercol import Colorizer, colorize
from hypercol.core import HypercolError
from hypercol.paint.colorizer import colorize_file
from hypercol.paint.settings import Settings, Touch

gray = np.zeros((40, 56), np.uint8)
reveal_type(colorize(Path('old.jpg'), saturation=.8, touches=['3,4=firebrick', Touch(1, 2, 'keep')]))
reveal_type(colorize(Image.fromarray(gray)))
reveal_type(Colorizer('default', threads=2)(gray, size=128))
settings = Settings(saturation=1.2)
reveal_type(settings.saturation)
try: colorize_file('a.jpg', 'b.jpg', Colorizer(), settings)
except HypercolError as error: print(error)
'''

def test_a_checker_knows_the_types_of_the_public_names(bare, tmp_path):
    (tmp_path/'stranger.py').write_text(STRANGER, encoding='utf-8')
    wrong = "import hypercol\nhypercol.colorize('a.jpg', saturation='high')\n"
    (tmp_path/'wrong.py').write_text(wrong, encoding='utf-8')
    command = sys.executable, '-m', 'mypy', '--strict', '--python-executable', bare.python
    said = run_well(*command, 'stranger.py', cwd=tmp_path)
    revealed = re.findall(r'Revealed type is "([\w.]+)', said)
    assert revealed == ['numpy.ndarray', 'PIL.Image.Image', 'numpy.ndarray', 'float']
    wrong = run(*command, 'wrong.py', cwd=tmp_path)
    assert wrong.returncode == 1 and 'No overload variant' in wrong.stdout
