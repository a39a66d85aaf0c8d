"Notebooks, modules, README.md and metadata agree; folders import only from those before them; style rules hold."
import ast, io, json, re, sys
from configparser import ConfigParser
from pathlib import Path
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from house import ROOT, copy_house, run, run_well

BIN = Path(sys.executable).parent
# In this order: a folder imports only from those before it
FOLDERS = ['core', 'photo', 'paint', 'learn', 'measure', 'show', 'cli', 'all']
LIBRARY = sorted((ROOT/'nbs').glob('[0-9]*.ipynb')) + sorted((ROOT/'nbs').glob('[a-z]*/[0-9]*.ipynb'))
LIBRARY = [nb for nb in LIBRARY if nb.parent.name not in ('tutorials', 'experiments')]
# Baselines have no number: they may import anything but each other, and only cli imports them, inside functions
BASELINES = sorted((ROOT/'nbs'/'baselines').glob('[!._]*.ipynb'))
# nbs/_cleared holds copies that `make lab` writes
NOTEBOOKS = [nb for nb in sorted((ROOT/'nbs').rglob('[!._]*.ipynb')) if nb.parent.name[0] not in '._']
NOTEBOOKS.append(ROOT/'index.ipynb')
SMALL_FOLDERS = {'core', 'photo', 'paint', 'cli'}
SMALL_INSTALL = {'numpy', 'PIL', 'onnxruntime', 'pyvips', 'tifffile', 'tqdm'}

def name(path): return path.relative_to(ROOT).as_posix()
def code_in(path): return path.read_text(encoding='utf-8')
def cells(path, kind=None): # -> (source, cell) of each cell in a notebook
    return [(''.join(c['source']), c) for c in json.loads(path.read_text(encoding='utf-8'))['cells']
            if kind in (None, c['cell_type'])]

def module_of(notebook): # 'photo.color' for nbs/photo/00_color.ipynb
    default_exp = re.compile(r'(?m)^#\|\s*default_exp\s+(\S+)')
    found = [m[1] for source, _ in cells(notebook, 'code') if (m := default_exp.search(source))]
    assert len(found) == 1, f'{name(notebook)} names {len(found)} modules with #| default_exp'
    return found[0]

MODULES = {module_of(nb): nb for nb in LIBRARY}
each_module = pytest.mark.parametrize('module', MODULES)
def folder_of(module): return module.split('.')[0]
def place(module): return FOLDERS.index(folder_of(module)), MODULES[module].name # to compare who comes first

each_notebook = pytest.mark.parametrize('notebook', NOTEBOOKS, ids=name)

# `from hypercol.photo import color` imports a module, `from hypercol.photo.color import gray` a name
PACKAGES = 'hypercol', *(f'hypercol.{folder}' for folder in FOLDERS[1:6])

def imports(
    module,
    top_level=False, # only those that run when the module is imported, not those inside functions
): # -> list of (imported module, is it one of ours)
    path = ROOT/'hypercol'/f"{module.replace('.', '/')}.py"
    packages = ['hypercol', *module.split('.')[:-1]]
    found, waiting = [], [ast.parse(code_in(path))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import): names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            here = '.'.join(packages[:len(packages) + 1 - node.level]) if node.level else ''
            base = '.'.join(filter(None, (here, node.module)))
            names = [f'{base}.{alias.name}' if base in PACKAGES else base for alias in node.names]
        else: names = []
        for n in names:
            ours = n.removeprefix('hypercol.')
            found.append((ours, True) if ours != n else (n.split('.')[0], False))
        lazy = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        if not (top_level and lazy): waiting += ast.iter_child_nodes(node)
    return found

OURS_BESIDE = {'__version__'} # not from a notebook


def test_export_and_clean_leave_no_diff(tmp_path):
    house = copy_house(tmp_path/'house', 'weights')
    def texts():
        files = *house.glob('hypercol/**/*.py'), *house.glob('nbs/**/*.ipynb'), house/'index.ipynb'
        return {p.relative_to(house).as_posix(): p.read_bytes() for p in files}
    before = texts()
    for module in house.glob('hypercol/**/*.py'): # otherwise a module whose notebook is gone would stay unnoticed
        if module.name != '__init__.py': module.unlink()
    run_well(BIN/'nbdev-export', cwd=house)
    run_well(BIN/'nbdev-clean', cwd=house)
    run_well(BIN/'nbdev-clean', '--fname', 'index.ipynb', cwd=house)
    after = texts()
    assert sorted(f for f in before.keys() | after.keys() if before.get(f) != after.get(f)) == []

def test_notebooks_lie_where_their_modules_do():
    for module, notebook in MODULES.items():
        expected = re.sub(r'(\w+)$', notebook.name[:3] + r'\1', module).replace('.', '/')
        assert notebook.relative_to(ROOT/'nbs').with_suffix('').as_posix() == expected

def test_numbers_of_notebooks_are_unique():
    numbers = [(nb.parent, nb.name.split('_')[0]) for nb in LIBRARY]
    assert len(set(numbers)) == len(LIBRARY) == len(MODULES)

@each_module
def test_modules_keep_their_order(module):
    found = imports(module, top_level=module == 'cli')
    ours = [other for other, is_ours in found if is_ours and other not in OURS_BESIDE]
    later = [other for other in ours if other not in MODULES or place(other) >= place(module)]
    assert not later, f'hypercol.{module} imports {later}, which no notebook before {name(MODULES[module])} defines'

@pytest.mark.parametrize('module', sorted(m for m in MODULES if folder_of(m) in SMALL_FOLDERS))
def test_small_modules_import_only_the_small_install(module):
    def is_small(other, ours):
        if ours: return folder_of(other) in SMALL_FOLDERS | OURS_BESIDE
        return other in SMALL_INSTALL | set(sys.stdlib_module_names)
    foreign = [other for other, ours in imports(module, top_level=True) if not is_small(other, ours)]
    assert not foreign, f'hypercol.{module} imports {foreign} when it is imported'

@pytest.mark.parametrize('baseline', BASELINES, ids=name)
def test_baselines_do_not_import_each_other(baseline):
    assert [other for other, ours in imports(module_of(baseline)) if ours and folder_of(other) == 'baselines'] == []

@pytest.mark.parametrize('notebook', LIBRARY + BASELINES, ids=name)
def test_modules_and_cells_stay_short(notebook):
    exported = [[line for line in source.splitlines() if line.strip() and not line.startswith('#|')]
                for source, _ in cells(notebook, 'code') if re.match(r'#\|\s*export', source)]
    assert max(map(len, exported)) <= 30, 'the longest export cell begins with: ' + max(exported, key=len)[0]
    assert sum(map(len, exported)) <= 330

@each_notebook
def test_notebooks_are_light_and_their_outputs_clean(notebook):
    assert notebook.stat().st_size <= 500_000
    unwanted = re.compile(r'site-packages|Traceback|\b[A-Za-z]*Warning\b|(?<![\w.:/])/(?:[a-z.]+/){2,}|\b[A-Z]:\\\\')
    for source, cell in cells(notebook, 'code'):
        for output in cell['outputs']:
            assert output['output_type'] != 'error', source
            texts = [output.get('text', '')] + [v for k, v in output.get('data', {}).items() if k.startswith('text/')]
            for text in map(''.join, texts):
                found = unwanted.search(re.sub(r'data:image/\w+;base64,[\w+/=]+', '', text))
                assert not found, f'{found[0]!r} in an output of:\n{source}'

def test_readme_is_made_from_index(tmp_path):
    house = copy_house(tmp_path/'house', 'weights')
    for made in (house/'README.md', *house.glob('pictures/README_*')): made.unlink()
    run_well(sys.executable, 'readme.py', cwd=house)
    for folder, pattern in ((house, 'README.md'), (house/'pictures', 'README_*')):
        ours = ROOT/folder.relative_to(house)
        made, kept = ({p.name: p.read_bytes() for p in f.glob(pattern)} for f in (folder, ours))
        assert made == kept, 'run `make readme`'

def test_the_model_card_is_made_from_the_card():
    code = 'from hypercol.paint.card import card_page, load_model; print(card_page(load_model()), end="")'
    made, kept = run_well(sys.executable, '-c', code, cwd=ROOT), (ROOT/'MODEL_CARD.md').read_text(encoding='utf-8')
    assert made == kept, 'run `make pictures`'

def test_the_readme_shows_the_model_that_ships():
    import numpy as np
    from PIL import Image
    from hypercol.all import HELDOUT, colorize, compare, load_model, read_photo
    from hypercol.paint.card import card_summary
    table = card_summary(load_model(), [known.name for known in HELDOUT])
    assert table in (ROOT/'README.md').read_text(encoding='utf-8'), 'run `make pictures`'
    nipomo = read_photo(ROOT/'hypercol'/'sample'/'nipomo.jpg').rgb
    def pixels(jpeg): return np.asarray(Image.open(jpeg), float)
    shown = pixels(ROOT/'pictures'/'README_1_0.jpg')
    faces = slice(40, 370) # as index.ipynb shows
    now = pixels(io.BytesIO(compare(nipomo[faces], colorize(nipomo)[faces])._repr_jpeg_()))
    assert shown.shape == now.shape, 'run `make pictures`'
    assert np.abs(shown - now).mean() < .5, 'run `make pictures`' # not 0, because processors round differently

def test_the_list_of_notebooks_is_whole():
    text = (ROOT/'docs'/'library.md').read_text(encoding='utf-8')
    listed = re.findall(r'\]\(\.\./(nbs/[^)]+\.ipynb)\)', text)
    assert sorted(listed) == sorted(name(nb) for nb in LIBRARY + BASELINES)

def test_pictures_of_the_readme_exist():
    text = (ROOT/'README.md').read_text(encoding='utf-8')
    in_markdown, in_html = re.findall(r'!\[[^\]]*\]\(([^)\s]+)', text), re.findall(r'<img[^>]+src="([^"]+)"', text)
    shown = [path for path in in_markdown + in_html if not path.startswith('http')]
    assert [path for path in shown if not (ROOT/path).is_file()] == []


PYTHON = sorted([*ROOT.glob('*.py'), *ROOT.glob('tests/*.py'), *ROOT.glob('site/*/*.py')])

@pytest.mark.parametrize('path', NOTEBOOKS + PYTHON, ids=name)
def test_lines_end_before_column_120(path):
    sources = [source for source, _ in cells(path, 'code')] if path.suffix == '.ipynb' else [code_in(path)]
    wide = [line for source in sources for line in source.splitlines() if len(line) >= 120]
    assert wide == []

# fastai and torch say what these methods do
OF_A_BASE_CLASS = re.compile('__.*__|forward|before_.*|after_.*|reset|accumulate|value|name')

def public_names(path): # -> (name, syntax node) of a module's functions and classes, and of methods as 'Class.method'
    for node in ast.parse(code_in(path)).body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)): continue
        patched = any(ast.unparse(d).startswith('patch') for d in node.decorator_list)
        owner = f'{ast.unparse(node.args.args[0].annotation)}.' if patched else ''
        if not node.name.startswith('_'): yield owner + node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith('_'):
            methods = [m for m in node.body if isinstance(m, (ast.FunctionDef, ast.AsyncFunctionDef))]
            yield from ((f'{node.name}.{m.name}', m) for m in methods if not m.name.startswith('_'))

def test_public_names_have_docstrings():
    missing = []
    for path in sorted((ROOT/'hypercol').rglob('*.py')):
        for public, node in public_names(path):
            inherited = '.' in public and OF_A_BASE_CLASS.fullmatch(node.name)
            if not (inherited or ast.get_docstring(node)): missing.append(f'{name(path)}: {public}')
    assert missing == []


def settings():
    ini = ConfigParser(delimiters=['='])
    ini.read(ROOT/'settings.ini', encoding='utf-8')
    return ini['DEFAULT']

def requirements():
    return [Requirement(r) for key in settings() if key.endswith('requirements') for r in settings()[key].split()]

def test_versions_are_equal():
    init = (ROOT/'hypercol'/'__init__.py').read_text(encoding='utf-8')
    version = settings()['version']
    assert f"__version__ = '{version}'" in init
    assert f'## {version}' in (ROOT/'CHANGELOG.md').read_text(encoding='utf-8')

def test_requirements_are_open_upwards_and_pinned_in_constraints():
    lines = (ROOT/'constraints.txt').read_text(encoding='utf-8').splitlines()
    lines = [line for line in lines if line and line[0] != '#']
    pins = {canonicalize_name(n): v for n, v in (line.split('==') for line in lines)}
    for r in requirements():
        assert {s.operator for s in r.specifier} <= {'>='}, f'{r} excludes newer versions'
        pin = pins.get(canonicalize_name(r.name))
        assert pin, f'{r.name} is not in constraints.txt'
        assert pin in r.specifier, f'{r} excludes the tested version {pin}'

def test_the_small_install_is_what_the_small_rooms_import():
    needed = {canonicalize_name(Requirement(r).name) for r in settings()['requirements'].split()}
    assert needed == {canonicalize_name(n) for n in SMALL_INSTALL - {'PIL'}} | {'pillow', 'pyvips-binary'}

def test_make_refuses_an_old_python(tmp_path):
    house = copy_house(tmp_path/'house', 'weights', 'nbs')
    ini = house/'settings.ini' # no old Python is installed, so ask for a newer one than there is
    newer = re.sub(r'(?m)^min_python = .*', 'min_python = 3.999', ini.read_text(encoding='utf-8'))
    ini.write_text(newer, encoding='utf-8')
    done = run('make', 'colorize', f'PYTHON={sys.executable}', cwd=house)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith('hypercol needs Python 3.999 or newer')
    assert not (house/'.venv-colorize').exists()
