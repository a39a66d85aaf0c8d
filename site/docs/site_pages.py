"""The pages of the site: which notebooks and texts there are, where each stands, and its Markdown.

A notebook's place follows from its folder, so that a new one needs no entry here."""
import re
from base64 import b64decode
from dataclasses import dataclass
from html import escape
from os.path import relpath
from pathlib import Path, PurePosixPath
import nbformat
from latex2mathml.converter import convert as mathml
from nbconvert import MarkdownExporter
from nbformat import NotebookNode
from hypercol.show.course import cell_alt

ROOT = Path(__file__).parent.parent.parent
# In the order of the navigation: a heading, its overview, and the files below it. Folders of the library come in the
# order in which they import from each other.
SECTIONS = [
    ('Home', 'index.ipynb', []),
    ('Course', 'course', ['nbs/tutorials/*.ipynb']),
    ('Gallery', 'nbs/gallery.ipynb', []),
    ('Experiments', 'experiments', ['nbs/experiments/*.ipynb']),
    ('Baselines', 'baselines', ['nbs/baselines/*.ipynb']),
    ('Library', 'docs/library.md', ['nbs/*.ipynb', *(f'nbs/{folder}/*.ipynb' for folder in
                                                     ('photo', 'paint', 'learn', 'measure', 'show'))]),
    ('Model card', 'MODEL_CARD.md', []),
    ('About', 'docs/cite.md', ['CHANGELOG.md', 'CONTRIBUTING.md', 'docs/*.md', 'site/*/*.md']),
]
HIDDEN, SILENT = re.compile(r'#\|\s*hide\b'), re.compile(r'#\|\s*echo:\s*false')

class SiteError(Exception):
    "What keeps the site from being built, in one line for the user."

@dataclass(frozen=True)
class Page:
    "A file of the repository and its place in the site."
    source: str # from the repository's root, as 'nbs/photo/00_color.ipynb'
    place: str  # as 'photo/00_color.md'
    title: str

def text_of(path): return (ROOT/path).read_text(encoding='utf-8')
def notebook(path): return nbformat.read(ROOT/path, as_version=4)
def found(pattern): # files of the repository, without hidden ones and folders such as nbs/_cleared
    paths = (p.relative_to(ROOT) for p in ROOT.glob(pattern))
    return sorted(p.as_posix() for p in paths if not any(part[0] in '._' for part in p.parts))

def title_of(path):
    text = notebook(path).cells[0].source if path.endswith('.ipynb') else text_of(path)
    first = re.match(r'# (.+)', text)
    if not first: raise SiteError(f'{path}: does not begin with a title, as `# Title`')
    return first[1].replace('`', '')

def place_of(path):
    inside = path.removeprefix('nbs/').removeprefix('docs/').replace('tutorials/', 'course/')
    inside = inside.replace('site/try/README', 'browser').replace('site/try/', '') # try/ is the page itself
    return re.sub(r'\.ipynb$', '.md', inside)

def label_of(page): # in the navigation
    number = re.match(r'nbs/tutorials/(\d+)_', page.source)
    return f'{number[1]} {page.title}' if number else page.title

def all_pages(): # -> list of (heading, its overview: a Page or the name of one to be generated, Pages below it)
    sections, taken = [], set()
    for heading, first, patterns in SECTIONS:
        sources = [source for pattern in patterns for source in found(pattern)]
        below = [s for s in dict.fromkeys(sources) if s not in taken and s not in (f for _, f, _ in SECTIONS)]
        taken |= {first, *below}
        def page(source): return Page(source, place_of(source), title_of(source))
        sections.append((heading, page(first) if '.' in first else first, list(map(page, below))))
    lost = [path for path in found('nbs/**/*.ipynb') if path not in taken]
    if lost: raise SiteError(f'{lost[0]}: the navigation has no place for this notebook; see SECTIONS '
                             'in site_pages.py')
    return sections

def relative(place, to): return relpath(to, PurePosixPath(place).parent).replace('\\', '/')

MATH = re.compile(r'\$\$(.+?)\$\$|(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<!\s)\$(?!\w)', re.S)
CODE = re.compile(r'(?ms)^```.*?^```[^\n]*$|^(?: {4}|\t)[^\n]*$|(`+)(?!`).*?(?<!`)\1(?!`)')

def outside_code(change, text): # apply a function to the parts of Markdown that are no code
    parts, end = [], 0
    for code in CODE.finditer(text):
        parts += [change(text[end:code.start()]), code[0]]
        end = code.end()
    return ''.join([*parts, change(text[end:])])

def with_math(text): # $L$ -> MathML, which browsers show without a script
    def math(m):
        display = 'block' if m[1] else 'inline'
        made = mathml((m[1] or m[2]).strip(), display=display)
        for sign in r'*_`[]\\': made = made.replace(sign, f'&#{ord(sign)};') # Markdown would read them
        reach = ' tabindex="0" role="group" aria-label="formula"' if m[1] else '' # a wide one scrolls
        return f'<span class="tex-{display}"{reach}>{made}</span>'
    return outside_code(lambda part: MATH.sub(math, part), text)

class Links:
    "Rewrites the links of the repository into those of the site, and remembers which files they ask for."
    def __init__(self, pages):
        self.places, self.files = {page.source: page.place for page in pages}, set()
        self.folders = set() # each gets a page that lists its files
        self.wrong = [] # one line for each link or figure that ends the build

    def target(self, source, place, link):
        "Where a link in the file `source`, which becomes the page `place`, leads on the site."
        if re.match(r'[a-z]+:|#', link): return link
        path, _, anchor = link.partition('#')
        path = relpath(ROOT/source/'..'/path, ROOT).replace('\\', '/')
        if path in self.places: return relative(place, self.places[path]) + f'#{anchor}'*bool(anchor)
        if not path.startswith('..') and (ROOT/path).is_dir():
            self.folders.add(path)
            return relative(place, f'files/{path}/index.md')
        if path.startswith('..') or not (ROOT/path).is_file():
            self.wrong.append(f'{source}: links to {link}, which does not exist')
            return link
        return relative(place, self.file(path))

    def file(self, path): # a file of the repository that is copied into the site as it is
        self.files.add(path)
        return f'files/{path}'

    def listing(self, folder): # Markdown
        names = [p.name for p in sorted((ROOT/folder).iterdir()) if p.is_file() and p.name[0] not in '._']
        for name in names: self.file(f'{folder}/{name}')
        return '\n'.join([f'# {folder}\n', *(f'- [{name}]({name})' for name in names)])

    def rewritten(self, text, source, place):
        def link(m): return f'{m[1]}({self.target(source, place, m[2])}{m[3] or ""})'
        def change(part): return re.sub(r'(\]|!\[[^\]]*\])\(([^)\s]+)(\s+"[^"]*")?\)', link, part)
        return outside_code(change, text)

def prose(text, page, links):
    text = re.sub(r'<details>', '\n<details markdown="1">', text)
    text = re.sub(r'</details>\n(?=\S)', '</details>\n\n', text)
    return with_math(links.rewritten(text, page.source, page.place))

def made_by(page, links):
    file = relative(page.place, links.file(page.source))
    return f'<figcaption>made by <a href="{file}">{page.source}</a></figcaption>'

class Converter:
    "Makes Markdown of notebooks and texts, and keeps what belongs to it."
    def __init__(self, links, names):
        self.links, self.names = links, names
        self.exporter = MarkdownExporter()
        self.pictures = {} # bytes by place
        self.live = [] # HTML of sliders and viewers: kept from Markdown, whose place it takes at last

    def figure(self, page, cell, output, name): # Markdown of an output; None: nbconvert makes it
        data = output.get('data', {})
        is_figure = 'aria-label="figure"' in data.get('text/html', '')[:120] # its picture is there a second time
        if 'text/html' in data and not data['text/html'].startswith('<img') and not is_figure: # with texts of its own
            self.live.append(f'<figure>{data["text/html"]}{made_by(page, self.links)}</figure>')
            return f'<div data-live="{len(self.live) - 1}"></div>'
        kind = next((k for k in data if k.startswith('image/')), None)
        if not kind: return None
        alt = cell_alt(cell.source)
        if not alt:
            first = next(line for line in cell.source.splitlines() if line and not line.startswith('#|'))
            self.links.wrong.append(f'{page.source}: the figure of the cell that begins with `{first[:60]}` has no '
                                    'alternative text; add a line `#| fig-alt: what it shows` to the cell')
        name += {'image/jpeg': '.jpg', 'image/png': '.png', 'image/svg+xml': '.svg'}[kind]
        content = data[kind].encode() if kind == 'image/svg+xml' else b64decode(data[kind])
        self.pictures[(PurePosixPath(page.place).parent/name).as_posix()] = content
        return f'<figure>\n<img src="{name}" alt="{escape(alt)}">\n{made_by(page, self.links)}\n</figure>'

    def notebook(self, page)->str:
        nb, cells = notebook(page.source), []
        nb.metadata.language_info = dict(name='python') # for the fences; nbdev-clean drops it
        for number, cell in enumerate(nb.cells):
            if cell.cell_type == 'markdown': cell.source = prose(cell.source, page, self.links)
            if HIDDEN.match(cell.source): continue
            if cell.cell_type == 'code':
                for i, output in enumerate(cell.outputs):
                    made = self.figure(page, cell, output, f'{PurePosixPath(page.place).stem}_{number}_{i}')
                    table = output.get('data', {}).get('text/markdown')
                    if made or table: # a table has links, too
                        output.data = NotebookNode({'text/markdown': made or prose(table, page, self.links)})
                anchors = self.names.anchors(page.source, cell.source)
                if anchors: cells.append(nbformat.v4.new_markdown_cell(anchors))
                if SILENT.match(cell.source): cell.metadata.transient = dict(remove_source=True)
                cell.source = re.sub(r'(?m)^#\|.*\n?', '', cell.source)
                if not cell.source.strip() and not cell.outputs: continue # a cell of directives alone
            cells.append(cell)
        nb.cells = cells
        return self.exporter.from_notebook_node(nb)[0]

    def page(self, page)->str:
        if page.source.endswith('.ipynb'): return self.notebook(page)
        return prose(text_of(page.source), page, self.links)
