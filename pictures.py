"""Redraw everything that depends on the shipped weights: `python pictures.py [FOLDER OF SETS [MODEL ...]]`.

With a folder of evaluation sets (div2k_test50.tar, ...), the figures in the card are measured again, beside other
models if some are named as for `hypercol evaluate --model`. Without a folder they stay as they are, with their date.
Then every notebook whose cells use the shipped model is run (the home page, tutorials, some notebooks of the library),
README.md is made from index.ipynb, and MODEL_CARD.md from the card."""
import os, re, subprocess, sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient
from hypercol.cli import method
from hypercol.paint.card import card_page, load_model, read_card, with_figures, write_card
from hypercol.measure.evaluate import evaluate_sets
from hypercol.measure.report import Report, card_figures, printed_command
from hypercol.measure.sets import HELDOUT, VALIDATION
from readme import make_readme

ROOT = Path(__file__).parent
# The model as it is; and, of 1, 0.9, 0.8, 0.75, 0.7 and 0.6, the saturation with the best mean PSNR on clic2025 and
# cid22_val at a colorfulness of 18 or more
SATURATIONS = 1., .75

def measure(folder, others=()):
    "Measure the default model, and write the figures into its card."
    models, path = ['default', *others], ROOT/'hypercol/weights/default.json'
    methods = list(map(method, models))
    for known in HELDOUT + VALIDATION:
        tar = folder/f'{known.name}.tar'
        if not tar.is_file(): continue
        report = Report(evaluate_sets([tar], methods, SATURATIONS))
        if report.results[0].protocol.sha256 != known.sha256: sys.exit(f'{tar}: not the photographs of {known.name}')
        print(report.table(), flush=True)
        command = printed_command(known.name, models, SATURATIONS)
        write_card(with_figures(read_card(path), card_figures(report, command)), path)

def has(cell, *directives):
    return cell.cell_type == 'code' and re.search(rf"(?m)^#\|\s*({'|'.join(directives)})\b", cell.source)

USES = re.compile(r"\b(Colorizer|from_pretrained|load_model)\(\)|"
                  r"\bcolorize\(|LiveCompare\(|Playground\(|'default'")

def shows_the_model(path): # do a notebook's cells, except exported and slow ones, use the shipped weights?
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == 'code']
    return any(not has(c, 'export', 'slow') and USES.search(c.source) for c in cells)

def run_notebook(path):
    "Run all cells but the slow ones, which keep their outputs: the data or the machine they need may not be here."
    nb = nbformat.read(path, as_version=4)
    cells, nb.cells = nb.cells, [c for c in nb.cells if not has(c, 'slow')]
    client = NotebookClient(nb, timeout=600, kernel_name='python3', store_widget_state=False, coalesce_streams=True,
                            resources={'metadata': {'path': str(path.parent)}})
    client.execute()
    for data in [o.get('data', {}) for c in nb.cells for o in c.get('outputs', [])]:
        # Without its kernel, JupyterLab would show an empty widget instead of the HTML beside it
        data.pop('application/vnd.jupyter.widget-view+json', None)
        # A figure's HTML holds the JPEG a second time. Its text is also in the cell, or in text/plain
        if 'image/jpeg' in data and '<img alt=' in data.get('text/html', '')[:120]: data.pop('text/html')
    nb.cells = cells
    nbformat.write(nb, path)
    subprocess.run([Path(sys.executable).parent/'nbdev-clean', '--fname', path], check=True)

if __name__ == '__main__':
    if len(sys.argv) > 1: measure(Path(sys.argv[1]), sys.argv[2:])
    os.environ['PYTHONWARNINGS'] = 'ignore' # warnings of libraries do not belong on a page
    for path in [ROOT/'index.ipynb', *sorted([*ROOT.glob('nbs/*.ipynb'), *ROOT.glob('nbs/[a-z]*/*.ipynb')])]:
        if shows_the_model(path):
            print(path.relative_to(ROOT), flush=True)
            run_notebook(path)
    make_readme(ROOT)
    (ROOT/'MODEL_CARD.md').write_text(card_page(load_model()), encoding='utf-8')
