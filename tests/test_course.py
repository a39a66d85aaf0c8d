"""The tutorials as a course: figures have texts, exercises have solutions, copies for those who predict first.

A file in nbs/tutorials/solutions defines the functions that the exercises of its tutorial ask for. A solution is
right where the tutorial's own check says `solved`, or draws a picture where the exercise asks for one."""
import ast, builtins, json, re, sys
import nbformat, pytest
from house import ROOT, copy_house, run_well

TUTORIALS = sorted((ROOT/'nbs'/'tutorials').glob('[!._]*.ipynb'))
SOLUTIONS = sorted((ROOT/'nbs'/'tutorials'/'solutions').glob('*.py'))

each = pytest.mark.parametrize('path', TUTORIALS, ids=lambda p: p.stem)

def code_cells(path): return [c for c in nbformat.read(path, 4).cells if c.cell_type == 'code']
def texts(path): return [c.source for c in nbformat.read(path, 4).cells if c.cell_type == 'markdown']
def python(source): # a cell without IPython's own lines
    return re.sub(r'(?m)^[%!].*$', '', source)

@each
def test_code_cells_hold_code(path):
    for cell in code_cells(path):
        assert not re.match(r'#{1,4} [A-Z]', cell.source), f'a heading in a code cell:\n{cell.source}'
        ast.parse(python(cell.source)) # prose is no Python
        for line in cell.source.splitlines():
            assert not re.search(r'\w\?\s*$', line.split('#')[0]), f'IPython takes this for a question: {line}'
        for output in cell.outputs:
            said = str(output.get('text', '')) + str(output.get('data', {}).get('text/plain', ''))
            assert not re.search(r'Object `[^`]*` not found', said), f'the output is help of IPython:\n{cell.source}'

def without_text(cell): # -> what a figure of this cell lacks
    drawn = [k for o in cell.outputs for k in o.get('data', {}) if k.startswith('image/')]
    if drawn and not re.search(r'(?m)^#\|\s*fig-alt:\s*\S.{15}', cell.source): yield 'a line #| fig-alt: what it shows'
    for html in [''.join(o.get('data', {}).get('text/html', '')) for o in cell.outputs]:
        for img in re.findall(r'<img[^>]*>', html):
            if not re.search(r'alt="[^"]+"', img): yield 'alt of ' + img[:60]

@each
def test_each_figure_has_an_alternative_text(path):
    assert [(what, c.source) for c in code_cells(path) for what in without_text(c)] == []

@each
def test_lesson_lines_fit_a_laptop(path):
    wide = [line for c in code_cells(path) for line in c.source.splitlines()
            if len(line) >= 100]
    assert wide == []

@each
def test_answers_to_predictions_are_folded(path): # or a reader sees them while predicting
    asked = None
    for text in texts(path):
        if '<summary>Answer</summary>' in text: asked = None
        assert asked is None or '**Your prediction:**' not in text, f'no folded answer to:\n{asked}'
        if '**Your prediction:**' in text: asked = text[-300:]
    assert asked is None, f'no folded answer to:\n{asked}'

@each
def test_what_is_not_the_lesson_is_folded(path): # hidden cells and the checks of exercises
    aside = [c for c in code_cells(path) if re.search(r'(?m)^#\|\s*hide\b|\bnot (yet|solved|drawn)\b', c.source)]
    assert [c.source for c in aside if not c.metadata.get('jupyter', {}).get('source_hidden')] == []

def test_words_are_linked_where_they_have_an_anchor():
    anchors = set(re.findall(r'<a id="([^"]+)"', (ROOT/'docs'/'words.md').read_text(encoding='utf-8')))
    linked = {a for path in TUTORIALS for t in texts(path) for a in re.findall(r'docs/words\.md#([\w-]+)', t)}
    assert linked - anchors == set()

WITHOUT_TORCH = """
import json, sys
for name in %s: sys.modules[name] = None # as if they were not installed
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for source in json.load(open(sys.argv[1])): shell.run_cell(source, store_history=True).raise_error()
"""

@pytest.mark.parametrize('name', ['tutorials/01_first_photograph', 'playground'])
def test_runs_with_the_extra_widget(tmp_path, name):
    path, bring = ROOT/'nbs'/f'{name}.ipynb', 'torch torchvision fastai fastcore scipy skimage sklearn matplotlib onnx'
    (tmp_path/'cells').write_text(json.dumps([c.source for c in code_cells(path)]))
    code = WITHOUT_TORCH % bring.split()
    run_well(sys.executable, '-c', code, tmp_path/'cells', cwd=path.parent,
             PYTHONPATH=str(ROOT), IPYTHONDIR=str(tmp_path), OMP_NUM_THREADS='1')


def bound(tree): # names that a cell defines, or whose value it changes
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)): yield node.name
        elif isinstance(node, ast.alias): yield (node.asname or node.name).split('.')[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store): yield node.id
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            changed = isinstance(node.ctx, ast.Store)
            while isinstance(node, (ast.Attribute, ast.Subscript)): node = node.value
            if changed and isinstance(node, ast.Name): yield node.id
    for node in ast.walk(tree): # names.append(1), (folder/'x').mkdir()
        called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
        if isinstance(called, ast.Attribute):
            yield from (n.id for n in ast.walk(called.value) if isinstance(n, ast.Name))

def used(tree): return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - set(dir(builtins))

def needed(trees, solution, check): # -> indices of the cells before the check that it depends on
    names, keep = used(trees[check]) | used(solution), []
    for i in range(check - 1, -1, -1):
        stars = any(isinstance(n, ast.ImportFrom) and n.names[0].name == '*' for n in ast.walk(trees[i]))
        if stars or names & set(bound(trees[i])):
            names |= used(trees[i])
            keep.append(i)
    return keep[::-1]

def run_cell(tree, space): # -> value of the last line, where it is an expression
    *body, last = tree.body
    value = isinstance(last, ast.Expr)
    exec(compile(ast.Module(body if value else tree.body, []), 'cell', 'exec'), space)
    return eval(compile(ast.Expression(last.value), 'cell', 'eval'), space) if value else None

@pytest.mark.parametrize('path', SOLUTIONS, ids=lambda p: p.stem)
def test_solutions_solve(path, monkeypatch):
    monkeypatch.chdir(ROOT/'nbs'/'tutorials')
    solution = ast.parse(path.read_text(encoding='utf-8'))
    answers = {n.name for n in solution.body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name[0] != '_'}
    cells = [c for c in code_cells(ROOT/'nbs'/'tutorials'/f'{path.stem}.ipynb')
             if not re.search(r'(?m)^#\| *slow', c.source)] # they need photographs that are not here
    trees = [ast.parse(python(c.source)) for c in cells]
    solved, space, ran = set(), {'display': lambda *args: None, '__name__': 'solution'}, set()
    for i, tree in enumerate(trees):
        last = tree.body[-1] if tree.body else None
        arguments = getattr(getattr(last, 'value', None), 'args', [])
        asked = answers & {a.id for a in arguments if isinstance(a, ast.Name)}
        if not asked: continue
        for j in needed(trees, solution, i):
            if j not in ran: run_cell(trees[j], space)
            ran.add(j)
        exec(compile(solution, path.name, 'exec'), space) # after the cells in which the reader's answer is None
        said = run_cell(tree, space)
        assert not isinstance(said, str) or said.startswith('solved'), f'{asked}: {said}'
        assert said is not None, f'{asked}: neither a verdict nor a picture'
        solved |= asked
    assert solved == answers


def test_cleared_copies_show_nothing_ahead_of_time(tmp_path):
    house = copy_house(tmp_path/'house', 'weights', 'tests', 'site')
    run_well(sys.executable, 'cleared.py', cwd=house)
    made = sorted((house/'nbs'/'_cleared').glob('*.ipynb'))
    assert [p.name for p in made] == [p.name for p in TUTORIALS]
    for path in made:
        assert '<summary>Answer' not in ''.join(texts(path))
        cells = code_cells(path)
        assert all(not c.outputs or '#| slow' in c.source for c in cells)
        assert [c.source for c in cells] == [c.source for c in code_cells(ROOT/'nbs'/'tutorials'/path.name)]
    made[0].write_text('worked in')
    assert '0 new copies' in run_well(sys.executable, 'cleared.py', cwd=house)
    assert made[0].read_text() == 'worked in'
    assert 'cleared.py' in run_well('make', '-n', 'lab', cwd=ROOT)

@pytest.mark.parametrize('repository', ['', 'https://github.com/somebody/hypercol'])
def test_launch_links_need_a_public_repository(tmp_path, repository):
    house = copy_house(tmp_path/'house', 'weights', 'tests', 'site')
    ini = house/'settings.ini'
    text = re.sub(r'(?m)^git_url = .*\n', '', ini.read_text(encoding='utf-8'))
    ini.write_text(text.rstrip() + f'\ngit_url = {repository}\n'*bool(repository), encoding='utf-8')
    run_well(sys.executable, 'readme.py', cwd=house)
    readme = (house/'README.md').read_text(encoding='utf-8')
    links = re.findall(r'https://(?:colab\.research\.google\.com|mybinder\.org)/[^)\s]+', readme)
    assert len(links) == (2*len(TUTORIALS) if repository else 0)
    if repository:
        first = 'somebody/hypercol/blob/main/nbs/tutorials/01_first_photograph.ipynb'
        assert f'https://colab.research.google.com/github/{first}' in links
