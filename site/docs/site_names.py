"Which names the library has, where each is defined, and links to the definitions from code that uses them."
import ast, re
from functools import cached_property
from site_pages import notebook, relative

EXPORT = re.compile(r'(?m)^#\|\s*export\b')
DEFINES = re.compile(r'(?m)^#\|\s*default_exp\s+(\S+)')

def code_of(source): # cells with magics, such as `!ls`, are no Python
    try: return ast.parse(source)
    except SyntaxError: return ast.Module([], [])

def defined_in(source): # public names of an export cell -> [(name, first sentence of the docstring)]
    for node in code_of(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names, doc = [node.name], (ast.get_docstring(node) or '').split('\n\n')[0]
            owner = next((ast.unparse(node.args.args[0].annotation) for d in node.decorator_list
                          if isinstance(node, ast.FunctionDef) and ast.unparse(d).startswith('patch')), None)
            if owner: names = [f'{owner}.{node.name}']
        elif isinstance(node, ast.Assign):
            names, doc = [t.id for t in node.targets if isinstance(t, ast.Name)], ''
        else: continue
        for name in names:
            if not name.startswith('_'): yield name, re.split(r'(?<=[.!?])\s', doc.replace('\n', ' '))[0]

class Names:
    "The public names of all modules."
    def __init__(self, pages): # notebooks that export a module have an entry, others don't
        self.pages = {page.source: page for page in pages if page.source.endswith('.ipynb')}
        self.modules, self.definitions = {}, {} # module by source; {module: {name: what it does}}
        for source in self.pages:
            cells = [c.source for c in notebook(source).cells if c.cell_type == 'code']
            module = next((m[1] for c in cells if (m := DEFINES.search(c))), None)
            if not module: continue
            self.modules[source] = f'hypercol.{module}'
            own = [n for c in cells if EXPORT.search(c) for n in defined_in(c)]
            self.definitions[f'hypercol.{module}'] = dict(own)
        self.sources = {module: source for source, module in self.modules.items()}

    def anchors(self, source, code): # Markdown that is put before an export cell, so that links lead to it
        if not EXPORT.search(code): return ''
        return ''.join(f'<span id="{self.modules[source]}.{name}"></span>' for name, _ in defined_in(code))

    def address(self, place, module, name): # from the page `place`
        return f'{relative(place, self.pages[self.sources[module]].place)}#{module}.{name}'

    @cached_property
    def in_all(self): # what `from hypercol.all import *` brings -> {name: module}
        source = self.sources.get('hypercol.all')
        if not source: return {}
        code = '\n'.join(c.source for c in notebook(source).cells if EXPORT.search(c.source))
        return {name: module for node in code_of(code).body if isinstance(node, ast.ImportFrom)
                for module in [node.module] for name in self.definitions.get(module, ())}

    def known(self, source): # the library's names as a notebook uses them -> {name: module}
        known, own = {}, {}
        for cell in notebook(source).cells:
            if cell.cell_type != 'code': continue
            for node in ast.walk(code_of(cell.source)):
                if isinstance(node, ast.ImportFrom) and node.module:
                    brought = self.in_all if node.module == 'hypercol.all' else dict.fromkeys(
                        self.definitions.get(node.module, ()), node.module)
                    for alias in node.names:
                        if alias.name == '*': known |= brought
                        elif alias.name in brought and not alias.asname: known[alias.name] = brought[alias.name]
                elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store): own[node.id] = True
                elif isinstance(node, ast.arg): own[node.arg] = True
        module = self.modules.get(source)
        if module: known |= dict.fromkeys(self.definitions[module], module)
        return {name: module for name, module in known.items() if name not in own or name.isupper()}

    def linked(self, html, page): # a built page, with links from names in code to their definitions
        known = self.known(page.source)
        def address(name): return self.address(page.place, known[name], name).replace('.md#', '.html#')
        def in_code(m):
            name = m[3]
            if m[1] or m[4] or name not in known: return m[0]
            return f'<a class="name" href="{address(name)}">{m[2]}</a>'
        word = r'(<span class="(?:n|nc|ne|nd)">(\w+)</span>)'
        html = re.sub(rf'(<span class="o">\.</span>)?{word}(<span class="o">=</span>)?', in_code, html)
        def in_prose(m):
            if m[1] not in known: return m[0]
            return f'<a class="name" href="{address(m[1])}">{m[0]}</a>'
        article = html.index('<article')
        return html[:article] + re.sub(r'(?<!<pre>)<code>(\w+)(?:\([^<]*\))?</code>(?!</a>)', in_prose, html[article:])

    def page(self): # Markdown of the list of all names
        parts = ['# All names\n\nEach name leads to the cell that defines it. Names that `from hypercol.all import *` '
                 'brings have a dot.\n']
        for module, definitions in self.definitions.items():
            if not definitions: continue
            rows = []
            for name, doc in sorted(definitions.items()):
                dot = '&nbsp;·' if self.in_all.get(name) == module else ''
                address = self.address('names.md', module, name)
                rows.append(f'| [`{name}`]({address}){dot} | {doc.replace("|", "&#124;")} |')
            parts.append('\n'.join([f'## {module}\n', '| name | |', '|---|---|', *rows, '']))
        return '\n'.join(parts)
