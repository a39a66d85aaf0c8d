"""Redraw everything that depends on the shipped weights: `python pictures.py [FOLDER OF SETS]`.

With a folder of evaluation sets (div2k_test50.tar, ...) the figures in the card are measured anew; without it they stay as they are, with
their date. Then index.ipynb is run, and README.md made from it."""
import subprocess, sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient
from readme import make_readme

ROOT = Path(__file__).parent
SETS = ('div2k_test50', 'imagenet400', 'bsds500_test', 'kodak24', 'clic2025', 'cid22_val')

def measure(folder): # figures of the default model into its card
    from hypercol.colorizer import Colorizer
    from hypercol.evaluate import evaluate_sets, record
    for name in (s for s in SETS if (folder/f'{s}.tar').is_file()):
        report = evaluate_sets([folder/f'{name}.tar'], [Colorizer()])
        print(report.table(), flush=True)
        record(report, ROOT/'hypercol/weights/default.json', f'hypercol evaluate {name}.tar')

def run_notebook(path):
    nb = nbformat.read(path, as_version=4)
    NotebookClient(nb, timeout=600, kernel_name='python3', resources={'metadata': {'path': str(path.parent)}}).execute()
    nbformat.write(nb, path)
    subprocess.run([Path(sys.executable).parent/'nbdev-clean', '--fname', path], check=True)

if __name__ == '__main__':
    for folder in map(Path, sys.argv[1:]): measure(folder)
    run_notebook(ROOT/'index.ipynb')
    make_readme(ROOT)
