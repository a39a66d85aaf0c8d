"""Make README.md and its pictures from index.ipynb: `python readme.py [FOLDER]`.

The same notebook gives the same bytes, so that a test can tell whether README.md is up to date."""
import re, sys
from configparser import ConfigParser
from pathlib import Path
import nbformat
from nbconvert import MarkdownExporter
from hypercol.show.course import cell_alt

def launch_links(
    body, # Markdown with links to tutorials in the rows of a table
    folder, # holds settings.ini; its git_url names a public repository, where there is one
): # the same, with links that open each of them in Colab and Binder
    ini = ConfigParser(delimiters=['='])
    ini.read(folder/'settings.ini', encoding='utf-8')
    place = re.fullmatch(r'https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?', ini['DEFAULT'].get('git_url', ''))
    if not place: return body
    colab, binder = 'https://colab.research.google.com/github', 'https://mybinder.org/v2/gh'
    def with_links(m):
        return (f'{m[0]} · [Colab]({colab}/{place[1]}/blob/main/{m[1]}) '
                f'· [Binder]({binder}/{place[1]}/main?labpath={m[1]})')
    return re.sub(r'(?m)^\| \[[^\]]+\]\((nbs/tutorials/\w+\.ipynb)\)', with_links, body)

def make_readme(
    folder, # holds index.ipynb; README.md and pictures/README_* are written there
):
    folder = Path(folder)
    nb = nbformat.read(folder/'index.ipynb', as_version=4)
    nb.metadata.language_info = dict(name='python') # the code fences need it, and nbdev-clean drops it
    nb.cells = [c for c in nb.cells if not re.match(r'#\|\s*hide\b', c.source)]
    for outputs in [c.outputs for c in nb.cells if c.cell_type == 'code']:
        for data in [o.data for o in outputs if 'image/jpeg' in o.get('data', {})]:
            data.pop('text/html', None) # a slider, which GitHub and PyPI would remove; its picture stays
    alts = {str(i): cell_alt(c.source) for i, c in enumerate(nb.cells)}
    for cell in nb.cells:
        if re.match(r'#\|\s*echo:\s*false', cell.source):
            cell.metadata.transient = dict(remove_source=True) # tells nbconvert to leave out the code
        if cell.cell_type == 'code': cell.source = re.sub(r'(?m)^#\|.*\n?', '', cell.source)
    body, resources = MarkdownExporter().from_notebook_node(nb, dict(unique_key='README', output_files_dir='pictures'))
    def with_alt(m): return f'![{alts.get(m[2]) or "picture"}]{m[1]}'
    body = re.sub(r'!\[\w+\](\(pictures/README_(\d+)_\d+\.\w+\))', with_alt, body)
    body = re.sub(r'\n{3,}', '\n\n', re.sub(r'[ \t]+\n', '\n', body)).strip() + '\n'
    body = launch_links(body, folder)
    (folder/'README.md').write_text(body, encoding='utf-8', newline='\n')
    for name, data in resources['outputs'].items():
        (folder/name).parent.mkdir(exist_ok=True)
        (folder/name).write_bytes(data)

if __name__ == '__main__': make_readme(*(sys.argv[1:] or [Path(__file__).parent]))
