"""What the course costs: python benchmarks/course.py [NAME...] prints a table with one row a tutorial.

The seconds are measured: a new kernel, and all cells but the `#| slow` ones. The exercises are left unsolved. The
minutes are an estimate: 200 words, or 30 lines of code, a minute. Let nothing else run meanwhile."""
import re, sys, time
from pathlib import Path
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from hypercol.core import processor
from pictures import has
WORDS, LINES = 200, 30 # a minute

def reading(nb): # -> minutes
    prose = ' '.join(re.sub(r'<[^>]+>|\]\([^)]*\)', ' ', c.source) for c in nb.cells if c.cell_type == 'markdown')
    code = '\n'.join(c.source for c in nb.cells if c.cell_type == 'code')
    return len(prose.split())/WORDS + sum(line.strip() != '' for line in code.splitlines())/LINES

def seconds(nb, folder):
    nb.cells = [c for c in nb.cells if not has(c, 'slow')]
    start = time.perf_counter()
    NotebookClient(nb, timeout=600, kernel_name='python3', resources={'metadata': {'path': str(folder)}}).execute()
    return time.perf_counter() - start

if __name__ == '__main__':
    print('| tutorial | to read, minutes (estimate) | its cells, seconds (measured) |', '|---|---|---|', sep='\n')
    for path in sorted((ROOT/'nbs'/'tutorials').glob('[!._]*.ipynb')):
        if sys.argv[1:] and path.stem not in sys.argv[1:]: continue
        nb = nbformat.read(path, as_version=4)
        title = nb.cells[0].source.splitlines()[0].lstrip('# ')
        print(f'| [{path.stem[:2]} {title}](../nbs/tutorials/{path.name}) | {reading(nb):.0f} '
              f'| {seconds(nb, path.parent):.0f} |', flush=True)
    print(f"\n{processor()}, {time.strftime('%Y-%m-%d')}")
