"""Redraw everything that depends on the shipped weights: `python pictures.py [FOLDER OF SETS [MODEL ...]]`.

With a folder of evaluation sets (div2k_test50.tar, ...) the figures in the card are measured anew, beside other models where some are
named, as for `hypercol evaluate --model`; without it they stay as they are, with their date. Then every notebook whose cells use the
shipped model is run (the home page, the course, some rooms), and README.md is made from index.ipynb, MODEL_CARD.md from the card."""
import os, re, subprocess, sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient
from hypercol.cli import method
from hypercol.paint.card import card_page, load_model, read_card, with_figures, write_card
from hypercol.measure.evaluate import evaluate_sets
from hypercol.measure.report import Report, card_figures
from hypercol.measure.sets import HELDOUT, VALIDATION
from readme import make_readme

ROOT = Path(__file__).parent
SATURATIONS = 1., .75 # the model as it is; and, of 1, 0.9, 0.8, 0.75, 0.7 and 0.6, the best mean PSNR on clic2025 and cid22_val at a CF of 18 or more

def measure(folder, others=()): # figures of the default model into its card
    models, path = ['default', *others], ROOT/'hypercol/weights/default.json'
    methods = list(map(method, models))
    names, factors = ' '.join(m.split(':')[0] for m in models), ' '.join(f'{s:g}' for s in SATURATIONS)
    for known in HELDOUT + VALIDATION:
        tar = folder/f'{known.name}.tar'
        if not tar.is_file(): continue
        report = Report(evaluate_sets([tar], methods, SATURATIONS))
        if report.results[0].protocol.sha256 != known.sha256: sys.exit(f'{tar}: not the photographs of {known.name}')
        print(report.table(), flush=True)
        command = f'hypercol evaluate {tar.name} --model {names} --saturation {factors}'
        write_card(with_figures(read_card(path), card_figures(report, command)), path)

def has(cell, *directives): return cell.cell_type == 'code' and re.search(rf"(?m)^#\|\s*({'|'.join(directives)})\b", cell.source)

def shows_the_model(path): # does a notebook, where it neither defines the library nor is slow, use the weights that ship?
    uses = re.compile(r"\b(Colorizer|from_pretrained|load_model)\(\)|\bcolorize\(|LiveCompare\(|Playground\(|'default'")
    return any(c.cell_type == 'code' and not has(c, 'export', 'slow') and uses.search(c.source) for c in nbformat.read(path, as_version=4).cells)

def run_notebook(path): # a slow cell is not run and keeps its outputs: what it needs may not be here
    nb = nbformat.read(path, as_version=4)
    cells, nb.cells = nb.cells, [c for c in nb.cells if not has(c, 'slow')]
    NotebookClient(nb, timeout=600, kernel_name='python3', store_widget_state=False, coalesce_streams=True, resources={'metadata': {'path': str(path.parent)}}).execute()
    for output in [o for c in nb.cells for o in c.get('outputs', [])]: output.get('data', {}).pop('application/vnd.jupyter.widget-view+json', None) # a dead view would hide its html twin in JupyterLab
    nb.cells = cells
    nbformat.write(nb, path)
    subprocess.run([Path(sys.executable).parent/'nbdev-clean', '--fname', path], check=True)

if __name__ == '__main__':
    if len(sys.argv) > 1: measure(Path(sys.argv[1]), sys.argv[2:])
    os.environ['PYTHONWARNINGS'] = 'ignore' # a library's warning is no part of a page
    for path in [ROOT/'index.ipynb', *sorted([*ROOT.glob('nbs/*.ipynb'), *ROOT.glob('nbs/[a-z]*/*.ipynb')])]:
        if shows_the_model(path):
            print(path.relative_to(ROOT), flush=True)
            run_notebook(path)
    make_readme(ROOT)
    (ROOT/'MODEL_CARD.md').write_text(card_page(load_model()), encoding='utf-8')
