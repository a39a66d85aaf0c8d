"Checks of a built site: links lead somewhere, pictures have alternative text, ids are unique."
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

class Seen(HTMLParser):
    "The links, ids and pictures of a page."
    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.pictures = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if a.get('id'): self.ids.append(a['id'])
        if tag in ('a', 'link') and a.get('href'): self.links.append(a['href'])
        if tag in ('img', 'script', 'source', 'iframe') and a.get('src'): self.links.append(a['src'])
        if tag == 'img': self.pictures.append((a.get('src', '')[:60], a.get('alt')))

def problems(
    site:Path, # the built folder
    apart=('try',), # folders in it that have checks of their own
)->list[str]: # one line each
    "What is wrong with a site."
    found, pages = [], {}
    for path in sorted(site.rglob('*.html')):
        if path.relative_to(site).parts[0] not in apart: pages[path] = Seen(path.read_text(encoding='utf-8'))
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        found += [f'{name}: the picture {src} has no alternative text' for src, alt in page.pictures if not alt]
        found += [f'{name}: the id {i} stands {n} times' for i, n in Counter(page.ids).items() if n > 1]
        for link in dict.fromkeys(page.links):
            parts = urlsplit(link)
            if parts.scheme in ('http', 'https', 'mailto'):
                continue # other machines are not asked
            if parts.scheme == 'data': continue
            to = path if not parts.path else (path.parent/unquote(parts.path)).resolve()
            if to.is_dir(): to /= 'index.html'
            if not to.is_file(): found.append(f'{name}: the link {link} leads nowhere')
            elif parts.fragment and to in pages and unquote(parts.fragment) not in pages[to].ids:
                found.append(f'{name}: the link {link} names a place that the page does not have')
    return found
