"""Build the site from the notebooks as they are: `make docs`. Nothing is run and no other machine is asked.

Notebooks become Markdown (site_pages.py), Zensical makes pages of it, and code gets links to definitions
(site_names.py). A link that leads nowhere, a picture without alternative text (site_check.py), or a notebook without a
place ends the build."""
import re, shutil, subprocess, sys, tempfile
from pathlib import Path, PurePosixPath
from posixpath import normpath
import yaml
from site_check import problems
from site_names import Names
from site_pages import ROOT, Converter, Links, SiteError, all_pages, label_of, Page, notebook, relative

HERE = Path(__file__).parent

def navigation(sections): # for mkdocs.yml
    nav = []
    for heading, first, below in sections:
        place = first.place if isinstance(first, Page) else f'{first}.md'
        if not below: nav.append({heading: place})
        else: nav.append({heading: [place, *({label_of(page): page.place} for page in below)]})
    return nav

def section(markdown, heading): # a part of the home page, without its heading
    found = re.search(rf'(?ms)^## {re.escape(heading)}\n(.*?)(?=^## |\Z)', markdown)
    if not found: raise SiteError(f'index.ipynb: the section "{heading}" is gone, which the site shows')
    return found[1].strip()

def promise(page): # the quotation beneath a notebook's title
    found = re.search(r'(?m)^> (.+)', notebook(page.source).cells[0].source)
    if not found: raise SiteError(f'{page.source}: no `> promise` stands beneath the title')
    return found[1]

def overview(title, intro, pages):
    listed = [f'## [{page.title}]({page.place})\n\n{promise(page)}' for page in pages]
    return '\n\n'.join([f'# {title}', intro, *listed])

def opened(page, links): # beneath a notebook's title: how to open it
    file = relative(page.place, links.file(page.source))
    return (f'<div class="opened" markdown="1">\n[Download the notebook]({file}), or open it in JupyterLab in a '
            f'clone of the repository, after `make env`:\n\n    .venv/bin/jupyter lab {page.source}\n\n</div>\n')

def door(has_try): # the home page's first choices
    buttons = [('Try it here, without installing', 'try/index.html')] if has_try else []
    buttons += [('Install', '#install'), ('Take the course', 'course.md')]
    first = '{ .md-button .md-button--primary }'
    return ' '.join(f'[{text}]({to}){first if i == 0 else "{ .md-button }"}' for i, (text, to) in enumerate(buttons))

def after_title(markdown, text): # put text beneath the title
    title, rest = markdown.split('\n', 1)
    return f'{title}\n\n{text}\n{rest}'

def write_pages(
    to:Path, # folder of mkdocs.yml
    page_to_try:Path, # of `make try`; left out if it does not exist
): # -> pages by place in the site, HTML to be put in, Names
    "Markdown and files as Zensical reads them."
    sections = all_pages()
    pages = [page for _, first, below in sections for page in ([first] if isinstance(first, Page) else []) + below]
    links, names = Links(pages), Names(pages)
    converter = Converter(links, names)
    texts = {page.place: converter.page(page) for page in pages}
    if links.wrong: raise SiteError('\n'.join(links.wrong))
    texts |= {f'files/{folder}/index.md': links.listing(folder) for folder in links.folders}
    home = texts['index.md']
    below = {heading: pages for heading, _, pages in sections}
    texts['course.md'] = f'# The course\n\n{section(home, "The course")}\n'
    texts['experiments.md'] = overview('Experiments', 'Each comes with all that is needed to repeat it.',
                                       below['Experiments'])
    compared = section(home, 'How well')
    if contest := texts.get('experiments/rivals.md'): # its first table has all methods at one budget
        table = re.search(r'(?m)^\|.*(?:\n\|.*)+', contest)[0]
        table = re.sub(r'\]\((?![a-z]+:|#)([^)]+)\)', lambda m: f']({normpath(f"experiments/{m[1]}")})', table)
        compared += f'\n\n## [Trained side by side](experiments/rivals.md)\n\n{table}'
    texts['baselines.md'] = overview('Baselines', compared, below['Baselines'])
    texts['names.md'] = names.page()
    for page in pages:
        if page.source.startswith('nbs/'): texts[page.place] = after_title(texts[page.place], opened(page, links))
    texts['index.md'] = re.sub(r'\n\n(?=<)', f'\n\n{door(page_to_try.is_dir())}\n\n', home, count=1)
    nav = navigation(sections)
    library = next(item['Library'] for item in nav if 'Library' in item)
    library.insert(1, {'All names': 'names.md'})
    config = (HERE/'mkdocs.yml').read_text(encoding='utf-8')
    (to/'mkdocs.yml').write_text(config + yaml.safe_dump({'nav': nav}, allow_unicode=True), encoding='utf-8')
    contents = {place: text.encode() for place, text in texts.items()} | converter.pictures
    for file in links.files: contents[f'files/{file}'] = (ROOT/file).read_bytes()
    contents['site.css'] = (HERE/'site.css').read_bytes()
    for place, content in contents.items():
        path = to/'pages'/place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if page_to_try.is_dir(): shutil.copytree(page_to_try, to/'pages'/'try')
    return {page.place: page for page in pages}, converter.live, names

def build(
    to:Path, # made anew
    page_to_try=ROOT/'_try',
):
    "Make the site. Raises `SiteError`, and leaves `to` alone, if anything is wrong."
    with tempfile.TemporaryDirectory() as folder:
        pages, live, names = write_pages(Path(folder), page_to_try)
        zensical = Path(sys.executable).with_name('zensical')
        ran = subprocess.run([zensical, 'build'], cwd=folder, capture_output=True, text=True)
        if ran.returncode: raise SiteError(f'zensical could not build the site:\n{ran.stdout}{ran.stderr}')
        site = Path(folder)/'site'
        (site/'404.html').unlink() # its links are right only at the root of a host
        sources = {str(PurePosixPath(place).with_suffix('.html')): page for place, page in pages.items()}
        for path in site.rglob('*.html'):
            place = path.relative_to(site).as_posix()
            if place.startswith('try/'): continue
            html, page = path.read_text(encoding='utf-8'), sources.get(place)
            if page and page.source.endswith('.ipynb'): html = names.linked(html, page)
            html = re.sub(r'<div data-live="(\d+)"></div>', lambda m: live[int(m[1])], html)
            html = html.replace('<table>', '<div class="wide" tabindex="0" role="group" aria-label="table"><table>')
            html = html.replace('</table>', '</table></div>')
            path.write_text(html, encoding='utf-8')
        wrong = problems(site)
        if wrong: raise SiteError('\n'.join(wrong))
        shutil.rmtree(to, ignore_errors=True)
        shutil.move(site, to)

if __name__ == '__main__':
    to = ROOT/'_site'
    try: build(to)
    except SiteError as e: sys.exit(f'The site was not built.\n{e}')
    print(f'{to}: {sum(1 for _ in to.rglob("*.html"))} pages')
    if not (to/'try').is_dir(): print('Without the page that colorizes in a browser: `make try` makes it.')
