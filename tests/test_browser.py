"""Everything that one can touch, in a real browser and without a network.

These are the slider, the live comparison in JupyterLab, and the playground under Voila."""
import contextlib, io, os, shutil, socket, subprocess, sys, time
import nbformat, numpy as np, pytest, skimage
from nbconvert import HTMLExporter
from PIL import Image
from hypercol.photo.color import gray, lightness
from hypercol.show.compare import compare
from hypercol.photo.read import read_photo
from hypercol.photo.write import read_mark
from house import CHROMIUM, ROOT, run_well

if not CHROMIUM: pytest.skip('needs Chromium (apt-get install chromium)', allow_module_level=True)
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

PAGE = '''<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Two sliders</title>
<style>:root {{ color-scheme: light dark }} body {{ margin: 8px; font-family: sans-serif }}</style>
<p>First</p>{}<p>Second</p>{}</html>'''
DESKTOP, PHONE = dict(width=1000, height=900), dict(width=390, height=844)

@pytest.fixture(scope='module')
def pages(tmp_path_factory): # -> folder
    "plain.html holds two sliders, notebook.html the same as nbconvert exports them, index.html the home page."
    folder = tmp_path_factory.mktemp('pages')
    rgb = skimage.data.coffee()
    sliders = [compare(gray(lightness(rgb)), rgb, 'A cup of coffee'),
               compare(rgb[:, :200]//2, rgb[:, :200], 'Half a cup', ('dark', 'light'))]
    (folder/'plain.html').write_text(PAGE.format(*(s.html for s in sliders)), encoding='utf-8')
    v4 = nbformat.v4
    outputs = [v4.new_output('display_data', {'text/html': s.html, 'text/plain': repr(s)}) for s in sliders]
    cells = [v4.new_code_cell('show()', outputs=[output]) for output in outputs]
    body, _ = HTMLExporter().from_notebook_node(v4.new_notebook(cells=cells), {'metadata': {'name': 'notebook'}})
    (folder/'notebook.html').write_text(body, encoding='utf-8')
    (folder/'index.html').write_text(HTMLExporter().from_filename(ROOT/'index.ipynb')[0], encoding='utf-8')
    return folder

@pytest.fixture
def visit(chromium, pages):
    "A function that opens a page with the network blocked. Errors in the page fail the test."
    contexts, errors = [], []
    def open_page(name, view=DESKTOP, **options):
        contexts.append(chromium.new_context(viewport=view, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        def local(url): return url.startswith(('file:', 'data:', 'blob:'))
        page.route('**/*', lambda r: r.continue_() if local(r.request.url) else r.abort())
        def note_request(r):
            if not r.url.startswith(('file:', 'data:')): errors.append(f'asked for {r.url}')
        # Not on nbconvert's pages, which load libraries from the web; our own HTML must not
        if name == 'plain.html':
            page.on('pageerror', lambda e: errors.append(str(e)))
            page.on('request', note_request)
        page.goto((pages/name).as_uri())
        return page
    yield open_page
    for context in contexts: context.close()
    assert errors == []

def state(slider): # -> value, the second picture's clip path, the text for screen readers
    cut = slider.locator('img').nth(1).evaluate('e => getComputedStyle(e).clipPath')
    range_ = slider.locator('input')
    return int(range_.input_value()), cut, range_.get_attribute('aria-valuetext')

def drag(
    page, slider,
    start, end, # shares of the width, counted from the left
):
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box['y'] + .4*box['height']
    page.mouse.move(box['x'] + start*box['width'], y)
    page.mouse.down()
    page.mouse.move(box['x'] + end*box['width'], y, steps=6)
    page.mouse.up()


@pytest.mark.parametrize('name', ['plain.html', 'notebook.html'])
def test_moves_by_mouse_and_by_keyboard(visit, name):
    page = visit(name)
    first, second = page.locator('.hypercol-compare').all()
    for slider, word in ((first, 'color'), (second, 'light')):
        before = state(slider)
        assert before[0] == 50 and before[2] == f'50 % {word}'
        drag(page, slider, .5, .25)
        value, cut, says = state(slider)
        assert 74 <= value <= 76 and cut != before[1] and says == f'{value} % {word}'
        for _ in range(5): page.keyboard.press('ArrowLeft') # the edge moves left: more of the right picture
        after = state(slider)
        assert after[0] == value + 5
        assert after[1] not in (cut, before[1])
        assert after[2] == f'{value + 5} % {word}'
        page.keyboard.press('ArrowRight')
        assert state(slider)[0] == value + 4

def test_the_home_page_has_a_slider_that_moves(visit):
    page = visit('index.html')
    slider = page.locator('.hypercol-compare').first
    drag(page, slider, .5, .25)
    for _ in range(2): page.keyboard.press('ArrowRight')
    value, cut, says = state(slider)
    assert 72 <= value <= 74
    assert says.startswith(f'{value} % ')
    assert cut.startswith('inset(')

def test_the_edge_is_under_the_pointer_from_side_to_side(visit):
    page = visit('plain.html')
    slider = page.locator('.hypercol-compare').first
    for x in (.1, .5, .9):
        drag(page, slider, .6, x)
        assert abs(state(slider)[0] - 100*(1 - x)) <= 1
    drag(page, slider, .5, 1.2)
    assert state(slider)[::2] == (0, '0 % color')
    drag(page, slider, .5, -.2)
    assert state(slider)[::2] == (100, '100 % color')

def test_what_is_seen_is_gray_left_of_the_edge_and_colored_right_of_it(visit):
    page = visit('plain.html')
    slider = page.locator('.hypercol-compare').first
    drag(page, slider, .5, .3)
    shot = np.asarray(Image.open(io.BytesIO(slider.screenshot())).convert('RGB'), int)
    chroma, edge = np.ptp(shot, axis=2).mean(0), round(.3*shot.shape[1])
    assert chroma[:edge - 30].max() < 3 and chroma[edge + 30:].min() > 10

def test_reached_and_moved_by_keyboard_alone(visit):
    page = visit('plain.html')
    for key in ('Tab', 'Tab', 'ArrowUp', 'Home'): page.keyboard.press(key)
    first, second = page.locator('.hypercol-compare').all()
    assert state(first)[0] == 50
    assert state(second)[::2] == (0, '0 % light')
    outlines = [s.evaluate('e => getComputedStyle(e, "::after").outlineStyle') for s in (first, second)]
    assert outlines == ['none', 'solid']
    for name in ('A cup of coffee: gray or color', 'Half a cup: dark or light'):
        assert page.get_by_role('slider', name=name).count() == 1

@pytest.mark.parametrize('name', ['plain.html', 'notebook.html'])
def test_fits_a_phone(visit, name):
    page = visit(name, PHONE, is_mobile=True, has_touch=True)
    width = page.evaluate('document.documentElement.scrollWidth')
    for slider in page.locator('.hypercol-compare').all():
        box = slider.bounding_box()
        assert box['x'] >= 0 and box['x'] + box['width'] <= 390
    assert width <= 390
    first = page.locator('.hypercol-compare').first
    first.scroll_into_view_if_needed()
    box = first.bounding_box()
    page.touchscreen.tap(box['x'] + .75*box['width'], box['y'] + 30)
    assert 23 <= state(first)[0] <= 27

@pytest.mark.parametrize('view', [DESKTOP, PHONE])
def test_two_whole_pictures_where_no_script_runs(visit, view):
    page = visit('plain.html', view, java_script_enabled=False)
    for slider in page.locator('.hypercol-compare').all():
        assert not slider.locator('input').is_visible()
        one, two = slider.locator('img').all()
        assert one.is_visible() and two.is_visible()
        a, b = one.bounding_box(), two.bounding_box()
        assert (a['width'], a['height']) == (b['width'], b['height'])
        assert a['width'] <= view['width'] - 16
        assert b['x'] >= a['x'] + a['width'] or b['y'] >= a['y'] + a['height'], 'one picture covers the other'


@contextlib.contextmanager
def server(
    folder, # for Jupyter's settings and its log
    *command, # a module and its options
): # -> its address
    "A Jupyter server on this machine, stopped at the end."
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    log = open(folder/'log', 'w')
    command = [sys.executable, '-m', *command, f'--port={port}', '--no-browser', '--ip=127.0.0.1']
    process = subprocess.Popen(command, cwd=ROOT, env=jupyter(folder), stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(120):
            with contextlib.suppress(OSError), socket.create_connection(('127.0.0.1', port), 1): break
            assert process.poll() is None, (folder/'log').read_text()
            time.sleep(.5)
        yield f'http://127.0.0.1:{port}'
    finally:
        process.terminate()
        process.wait(30)
        log.close()

def jupyter(folder): # -> environment in which Jupyter writes to this folder only
    folders = {f'JUPYTER_{k}_DIR': str(folder/k.lower()) for k in ('CONFIG', 'DATA', 'RUNTIME')}
    template = {'JUPYTER_PATH': 'hypercol/static/jupyter'} # as in the Makefile
    return {**os.environ, 'OMP_NUM_THREADS': '1', **folders, **template, 'IPYTHONDIR': str(folder/'ipython')}

def notebook(path, *sources, outputs=()):
    v4 = nbformat.v4
    cells = [v4.new_code_cell(s, outputs=[*outputs]) for s in sources]
    metadata = {'kernelspec': {'name': 'python3', 'display_name': 'python3'}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), path)

LIVE = '''from hypercol.show.playground import LiveCompare; import skimage
LiveCompare({{"camera": skimage.data.camera(), "coffee": skimage.data.coffee()}}, [r"{model}"])'''

@pytest.fixture(scope='module')
def lab(tmp_path_factory, model): # -> address of a JupyterLab, and the folder that it shows
    "The folder holds the tutorials and three small notebooks, one of which is trusted."
    folder = tmp_path_factory.mktemp('lab')
    notebooks = folder/'work'/'nbs'
    shutil.copytree(ROOT/'nbs'/'tutorials', notebooks/'tutorials')
    shutil.copytree(ROOT/'hypercol'/'sample', folder/'work'/'hypercol'/'sample')
    rgb = skimage.data.coffee()
    notebook(notebooks/'live.ipynb', LIVE.format(model=model))
    shown = nbformat.v4.new_output('display_data', {'text/html': compare(rgb//2, rgb).html})
    for name in ('trusted', 'strange'): notebook(notebooks/f'{name}.ipynb', f'# {name}', outputs=[shown])
    trust = [sys.executable, '-m', 'jupyter', 'trust', 'trusted.ipynb']
    subprocess.run(trust, cwd=notebooks, env=jupyter(folder), check=True, capture_output=True)
    options = ['--allow-root',
               '--IdentityProvider.token=',
               f'--ServerApp.root_dir={folder/"work"}',
               '--LabApp.news_url=None',
               '--LabApp.extension_manager=readonly']
    with server(folder, 'jupyterlab', *options) as address: yield f'{address}/lab/tree/nbs', notebooks

@pytest.fixture
def online(chromium):
    "A function that opens an address. Errors in the page, and anything loaded from another machine, fail the test."
    contexts, errors = [], []
    def open_page(url, view=DESKTOP, **options):
        contexts.append(chromium.new_context(viewport=view, has_touch=True, accept_downloads=True, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(120_000)
        page.on('pageerror', lambda e: errors.append(str(e)))
        ours = 'data:', 'blob:', url[:url.index('/', 8)]
        def note_request(r):
            if not r.url.startswith(ours): errors.append(f'got {r.url}')
        page.on('requestfinished', note_request)
        def note_message(m):
            if 'Content Security Policy' in m.text: errors.append(m.text)
        page.on('console', note_message)
        page.goto(url)
        return page
    yield open_page
    for context in contexts: context.close()
    assert errors == []

def chroma(figure): # mean of the right third
    shot = np.asarray(Image.open(io.BytesIO(figure.screenshot())).convert('RGB'), int)
    return np.ptp(shot, axis=2)[:, 2*shot.shape[1]//3:].mean()

def settled(page, app, act): # do something, and wait until the picture has changed
    picture = app.locator('.hypercol-live img').nth(1)
    before = picture.get_attribute('src')
    act()
    page.wait_for_function('([img, old]) => img.src !== old && img.complete', arg=[picture.element_handle(), before])

def run_all(page): # all cells of the notebook that JupyterLab has opened
    page.get_by_text('| Idle').wait_for() # before that, a click on "run" is lost
    page.get_by_role('menuitem', name='Run', exact=True).click()
    page.get_by_role('menuitem', name='Run All Cells', exact=True).click()

def serious(page, leave_out=(), rules_off=()): # -> axe-core's serious and critical findings, one line each
    context = {'exclude': [[s] for s in leave_out]} if leave_out else None
    found = Axe().run(page, context, {'rules': {r: {'enabled': False} for r in rules_off}})
    violations = [v for v in found.response['violations'] if v['impact'] in ('serious', 'critical')]
    return [f"{v['id']}: {node['html'][:200]}" for v in violations for node in v['nodes']]

TUTORIALS = sorted((ROOT/'nbs'/'tutorials').glob('0[123]_*.ipynb'))

@pytest.mark.parametrize('tutorial', TUTORIALS, ids=lambda p: p.stem)
def test_tutorials_run_in_jupyterlab(online, lab, tutorial):
    address, folder = lab
    page = online(f'{address}/tutorials/{tutorial.name}?reset')
    run_all(page)
    for _ in range(120):
        page.keyboard.press('Control+s')
        time.sleep(2)
        try: saved = nbformat.read(folder/'tutorials'/tutorial.name, 4)
        except ValueError: continue # half a notebook, because JupyterLab is writing it just now
        cells = [c for c in saved.cells if c.cell_type == 'code']
        assert [o for c in cells for o in c.outputs if o.output_type == 'error'] == []
        if all(c.execution_count for c in cells): break
    else: pytest.fail('not all cells were run in four minutes')

@pytest.mark.parametrize('source', [ROOT/'index.ipynb', *TUTORIALS], ids=lambda p: p.stem)
def test_exported_pages_are_accessible(visit, pages, source):
    (pages/f'{source.stem}.html').write_text(HTMLExporter().from_filename(source)[0], encoding='utf-8')
    # nbconvert's own faults: prompts and comments are too pale, and links are not underlined
    theirs = '.jp-InputArea-prompt', '.jp-OutputArea-prompt', '.highlight'
    assert serious(visit(f'{source.stem}.html'), theirs, ['link-in-text-block']) == []

def test_the_comparison_lives_in_jupyterlab(online, lab):
    page = online(f'{lab[0]}/live.ipynb?reset')
    run_all(page)
    app = page.locator('.hypercol-app')
    figure = app.locator('.hypercol-live')
    figure.wait_for()
    drag(page, figure, .5, .25)
    value, _, says = state(figure)
    assert 74 <= value <= 76 and says == f'{value} % color'
    for _ in range(5): page.keyboard.press('ArrowRight')
    assert state(figure)[0] == value - 5, 'JupyterLab has taken the arrow keys'
    box = figure.bounding_box()
    page.touchscreen.tap(box['x'] + .5*box['width'], box['y'] + 20)
    assert 48 <= state(figure)[0] <= 52
    saturation, usual = app.get_by_role('slider', name='Saturation'), chroma(figure)
    settled(page, app, lambda: saturation.press('Home'))
    assert chroma(figure) < 2 < usual
    settled(page, app, lambda: saturation.press('End'))
    assert chroma(figure) > 1.5*usual
    settled(page, app, lambda: app.get_by_role('button', name='coffee').click())
    assert app.get_by_role('slider', name='coffee: gray or color').count() == 1
    app.get_by_label('Compare with').select_option('original')
    app.get_by_role('slider', name='coffee: original or color').wait_for()
    settled(page, app, lambda: app.get_by_label('Show the difference').check())
    assert 'mean difference' in app.get_by_role('status').inner_text()
    assert not app.get_by_role('slider', name='Across').is_visible()
    settled(page, app, lambda: app.get_by_label('Zoom').select_option('400 %'))
    settled(page, app, lambda: app.get_by_role('slider', name='Across').press('End'))
    settled(page, app, lambda: figure.locator('input').dblclick(position=dict(x=40, y=40)))
    assert app.get_by_label('Zoom').input_value() == 'whole picture'

def test_what_make_lab_trusts_is_live(online, lab): # JupyterLab strips event handlers unless it trusts a notebook
    for name, live in (('trusted', 1), ('strange', 0)):
        page = online(f'{lab[0]}/{name}.ipynb?reset')
        page.locator('.hypercol-compare img').nth(1).wait_for()
        assert page.locator('.hypercol-live').count() == live
    assert 'jupyter trust' in run_well('make', '-n', 'lab', cwd=ROOT)

PLAYGROUND = 'voila', 'nbs/playground.ipynb', '--template=playground'

def opened(online, address, view=DESKTOP, **options): # -> page, and the playground in it
    page = online(address, view, **options)
    app, lost = page.locator('.hypercol-app'), page.get_by_text('model not found')
    for _ in range(5): # Voila gives up on a widget that takes 2 s to load, which happens on a very busy machine
        app.or_(lost).first.wait_for()
        if app.count(): break
        page.reload()
    page.wait_for_function("document.querySelectorAll('.hypercol-live img')[1].naturalWidth > 0")
    return page, app

@pytest.fixture(params=['light', 'dark'])
def voila(request, tmp_path): # -> address of the playground, color scheme of the reader's system
    with server(tmp_path, *PLAYGROUND) as address: yield f'{address}/', request.param

def test_the_playground_colorizes_an_upload(online, voila, tmp_path):
    address, scheme = voila
    page, app = opened(online, address, DESKTOP if scheme == 'light' else PHONE, color_scheme=scheme)
    assert 'Nothing leaves the machine' in app.inner_text()
    for part in ('.hypercol-app', 'body'):
        back = page.locator(part).evaluate('e => getComputedStyle(e).backgroundColor')
        assert ('255, 255, 255' in back) == (scheme == 'light')
    assert serious(page) == []
    ramp = np.linspace(8000, 50000, 1200*900).reshape(900, 1200).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path/'a scan.png', dpi=(300, 300))
    files = page.locator('.hypercol-drop input')
    files.set_input_files(tmp_path/'a scan.png')
    app.get_by_role('slider', name='a scan.png: gray or default').wait_for()
    settled(page, app, lambda: app.get_by_role('slider', name='Saturation').press('End'))
    with page.expect_download() as coming: app.get_by_role('button', name='Colorize at full size').click()
    assert coming.value.suggested_filename == 'a scan.color.png'
    coming.value.save_as(tmp_path/'result.png')
    photo = read_photo(tmp_path/'result.png')
    assert (photo.pages[0].shape, photo.pages[0].depth, round(photo.info['dpi'][0])) == ((900, 1200), 16, 300)
    assert 'saturation 2.0' in read_mark(tmp_path/'result.png')
    assert np.abs(lightness(photo.rgb) - lightness(np.dstack(3*[ramp]))).mean() < .05
    (tmp_path/'b.jpg').write_text('no photograph')
    files.set_input_files(tmp_path/'b.jpg')
    app.get_by_role('alert').get_by_text('b.jpg: ').wait_for()
    assert page.evaluate('document.documentElement.scrollWidth') <= page.viewport_size['width']
    for target in app.locator('button:visible, select:visible, input:visible').all():
        # A checkbox may be smaller, because its label, which is that high, can be touched too
        assert target.bounding_box()['height'] >= 44 or target.get_attribute('type') == 'checkbox'
