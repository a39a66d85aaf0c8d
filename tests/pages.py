"""Every tutorial in a real JupyterLab: `python tests/pages.py FOLDER [NAME...]`.

Each is run from top to bottom, its slider is dragged and a photograph of a gallery enlarged. Then it is looked at
with 1280 and 390 pixels, light and dark: FOLDER gets a screenshot of each, and axe-core's serious findings in text
and outputs are printed (JupyterLab's own controls are left out), as well as what is too wide or too small to read.
Exit status 1: a cell failed, or something was found. It takes some minutes; tests/test_browser.py runs three of
them. Tutorial 11 trains on the photographs that PHOTOGRAPHS names, a folder or a tar: ten minutes for a thousand."""
import json, os, shutil, sys, tempfile, time
from pathlib import Path
import nbformat
from playwright.sync_api import sync_playwright
from axe_playwright_python.sync_playwright import Axe
from house import CHROMIUM, ROOT
from test_browser import run_all, server

NOTEBOOK = '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer'
PARTS = {'include': [['.jp-OutputArea-output'], ['.jp-MarkdownOutput']]}
TALLEST = 16_000 # pixels; Chromium draws no taller page
# Words below 11 pixels, and what sticks out of an output that cannot be moved sideways
UNREADABLE = """page => [...page.querySelectorAll('.jp-OutputArea-output, .jp-MarkdownOutput')].flatMap(output => {
  const right = output.getBoundingClientRect().right + 3, found = []
  const moves = e => e !== output &&
    (e.tabIndex === 0 && getComputedStyle(e).overflowX === 'auto' || moves(e.parentElement))
  for (const e of output.querySelectorAll(':not(mjx-container *, style, option)')) {
    const words = [...e.childNodes].filter(n => n.nodeType === 3 && n.data.trim()).map(n => n.data.trim()).join(' ')
    const box = e.getBoundingClientRect(), size = parseFloat(getComputedStyle(e).fontSize)
    if (!box.width || !box.height) continue
    if ((words || e.matches('mjx-container')) && size < 11) found.push(`${size} pixels small: ${words.slice(0, 60)}`)
    if ((words || e.matches('img')) && box.right > right && !moves(e) && !e.closest('button'))
      found.push(`${Math.round(box.right - right)} pixels cut off: ${words.slice(0, 60) || e.alt}`)
  }
  return found.length > 1 ? [`${found[0]}, and ${found.length - 1} more like it`] : found
})"""
SETTINGS = {'notebook-extension/tracker': {'windowingMode': 'none'}, # all cells, also those out of sight
            'apputils-extension/themes': {'adaptive-theme': True},
            'apputils-extension/notification': {'fetchNews': 'false', 'checkForUpdates': False}}

def prepare(folder): # -> the copy of the tutorials in it
    for name, values in SETTINGS.items():
        path = folder/'settings'/'@jupyterlab'/f'{name}.jupyterlab-settings'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    os.environ['JUPYTERLAB_SETTINGS_DIR'] = str(folder/'settings')
    work = folder/'work'
    for part in ('nbs/tutorials', 'nbs/experiments', 'docs'): shutil.copytree(ROOT/part, work/part)
    (work/'hypercol').symlink_to(ROOT/'hypercol') # whole: a side track imports it from there
    (work/'.git').symlink_to(ROOT/'.git') # tutorial 10 takes an earlier model from the history
    return work/'nbs'/'tutorials'

def executed(page, path): # -> the errors of a notebook that runs, once all of its cells have run
    for _ in range(600):
        page.keyboard.press('Control+s')
        time.sleep(2)
        try: cells = [c for c in nbformat.read(path, 4).cells if c.cell_type == 'code']
        except ValueError: continue # JupyterLab is writing it
        errors = [o.evalue for c in cells for o in c.outputs if o.output_type == 'error']
        if errors or all(c.execution_count for c in cells if c.source.strip()): return errors
    return ['not all cells ran in twenty minutes']

def touch(page): # use what can be used
    figure = page.locator('.hypercol-live').first
    if figure.count():
        figure.scroll_into_view_if_needed()
        box = figure.bounding_box()
        page.mouse.move(box['x'] + box['width']/2, box['y'] + box['height']*.4)
        page.mouse.down()
        page.mouse.move(box['x'] + box['width']/4, box['y'] + box['height']*.4, steps=4)
        page.mouse.up()
    photo = page.locator('.hypercol-tile button').first
    if photo.count():
        photo.click()
        assert photo.get_attribute('aria-pressed') == 'true', 'a click does not enlarge a photograph'
        photo.click()

def look(page, out, name): # screenshots; -> lines that axe found
    found = []
    for width in (1280, 390):
        if width == 390: page.keyboard.press('Control+b') # the file browser goes: it would fill the page
        for scheme in ('light', 'dark'):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(dict(width=width, height=900))
            page.wait_for_timeout(1500)
            height = page.locator(NOTEBOOK).first.evaluate('e => e.scrollHeight')
            page.set_viewport_size(dict(width=width, height=min(height + 150, TALLEST)))
            page.wait_for_timeout(1500)
            page.locator(NOTEBOOK).first.evaluate('e => { e.scrollTop = 0 }')
            page.screenshot(path=out/f'{name}_{width}_{scheme}.png')
            wide = page.locator(NOTEBOOK).first.evaluate('e => e.scrollWidth - e.clientWidth')
            if wide > 1: found.append(f'{width} {scheme}: {wide} pixels too wide')
            found += [f'{width} {scheme}: {it}' for it in page.locator(NOTEBOOK).first.evaluate(UNREADABLE)]
            violations = Axe().run(page, PARTS).response['violations']
            found += [f"{width} {scheme}: {v['id']}: {node['html'][:160]}" for v in violations
                      if v['impact'] in ('serious', 'critical') for node in v['nodes']]
    return found

def main(out, names):
    out.mkdir(parents=True, exist_ok=True)
    bad = 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        tutorials = prepare(Path(folder))
        options = ['--allow-root', '--IdentityProvider.token=', f'--ServerApp.root_dir={Path(folder)/"work"}',
                   '--LabApp.news_url=None', '--LabApp.extension_manager=readonly']
        browser = p.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox', '--disable-gpu'])
        with server(Path(folder), 'jupyterlab', *options) as address:
            for path in sorted(tutorials.glob('[!._]*.ipynb')):
                if names and path.stem not in names: continue
                page, start = browser.new_page(viewport=dict(width=1280, height=900)), time.time()
                page.set_default_timeout(120_000)
                page.goto(f'{address}/lab/tree/nbs/tutorials/{path.name}?reset')
                run_all(page)
                found = [f'error: {e}' for e in executed(page, path)]
                touch(page)
                found += look(page, out, path.stem)
                print(f'{path.stem}: {time.time() - start:.0f} s, {len(found)} findings', *found, sep='\n  ',
                      flush=True)
                bad += len(found)
                page.close()
    return bad

if __name__ == '__main__': sys.exit(main(Path(sys.argv[1]), sys.argv[2:]) > 0)
