"""Copies of the tutorials for readers who predict first: `python cleared.py [FOLDER]`.

They lie in nbs/_cleared, beside nbs/tutorials, so that their links hold. Outputs and folded answers are left out;
outputs of `#| slow` cells stay. A copy that exists is left alone, because a reader may have worked in it."""
import re, sys
from pathlib import Path
import nbformat

ANSWER = re.compile(r'<details>\s*<summary>Answer</summary>.*?</details>', re.DOTALL)

def cleared(
    notebook, # as nbformat reads it; changed in place
    name, # of its file
):
    "A notebook without outputs and answers."
    for cell in notebook.cells:
        if cell.cell_type == 'markdown':
            cell.source = ANSWER.sub(f'*The answer stands in [the full notebook](../tutorials/{name}).*', cell.source)
        elif cell.cell_type == 'code' and not re.search(r'(?m)^#\|\s*slow\b', cell.source):
            cell.outputs, cell.execution_count = [], None
    return notebook

def clear_course(
    house, # the repository's folder
): # paths of the new copies
    house, new = Path(house), []
    for path in sorted(house.glob('nbs/tutorials/*.ipynb')):
        copy = house/'nbs'/'_cleared'/path.name
        if copy.exists(): continue
        copy.parent.mkdir(exist_ok=True)
        nbformat.write(cleared(nbformat.read(path, as_version=4), path.name), copy)
        new.append(copy)
    return new

if __name__ == '__main__':
    new = clear_course(*(sys.argv[1:] or [Path(__file__).parent]))
    print(f'nbs/_cleared: {len(new)} new copies of tutorials, without outputs and answers')
