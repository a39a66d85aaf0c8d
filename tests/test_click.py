"""Touches in the playground, by mouse, finger and keyboard; and what else its page promises.

A real browser runs the page's script and this process its Python half, without Jupyter between them;
tests/test_browser.py opens the same page with Voila."""
import base64, json
from pathlib import Path
import numpy as np, pytest, skimage
from PIL import Image
from hypercol.cli import run
from hypercol.photo.write import read_mark
from house import CHROMIUM, ROOT

if not CHROMIUM: pytest.skip('needs Chromium (apt-get install chromium)', allow_module_level=True)
from axe_playwright_python.sync_playwright import Axe
from hypercol.show.playground import ColorizePlayground

PAGE = ('<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<title>Playground</title><style>:root {{ color-scheme: light dark }} {}</style>'
        '<main><h1>Color</h1></main></html>')
# Jupyter's part of an anywidget: the traits, messages with their bytes, and what comes back of both.
MODEL = '''async ([esm, state]) => {
  const { default: { render } } = await import("data:text/javascript;base64," + esm), listeners = {};
  const call = name => (listeners[name] ?? []).slice().forEach(f => f());
  const bytes = text => new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
  const text = part => btoa([...new Uint8Array(part)].map(b => String.fromCharCode(b)).join(""));
  let changed = {};
  async function ask(request) {
    const { now, sent } = await window.python(request);
    Object.assign(state, now);
    Object.keys(now).forEach(name => call("change:" + name));
    for (const [message, part] of sent) listeners["msg:custom"].forEach(f => f(message, [bytes(part)]));
  }
  const model = {
    get: name => state[name],
    set: (name, value) => { state[name] = changed[name] = value; call("change:" + name); },
    on: (name, f) => { (listeners[name] ??= []).push(f); },
    off: (name, f) => { listeners[name] = listeners[name].filter(g => g !== f); },
    save_changes: () => { const traits = changed; changed = {}; return ask({ traits }); },
    send: (message, _, parts = []) => ask({ message, parts: parts.map(text) }),
  };
  render({ model, el: document.querySelector("main") });
}'''
WIDE, GIVE = dict(viewport=dict(width=1280, height=900), accept_downloads=True), 'Give colors'
PHONE = dict(viewport=dict(width=390, height=844), is_mobile=True, has_touch=True, color_scheme='dark')
DATA = Path(skimage.__file__).parent/'data'
SAMPLES = {'Nipomo': ROOT/'hypercol'/'sample'/'nipomo.jpg', **{n: DATA/f'{n}.png' for n in ('coffee', 'astronaut')}}

class Kernel:
    "A playground, and what it sends to the page."
    def __init__(self):
        self.sent, self.play = [], ColorizePlayground(SAMPLES, ['default'])
        self.play.send = lambda message, buffers: self.sent.append([message, base64.b64encode(buffers[0]).decode()])
        self.known = {}
    def state(self): # what has changed since the last time
        names = {name for name in self.play.keys if name[0] != '_'} - {'layout', 'tabbable', 'tooltip'}
        now = {name: json.loads(json.dumps(getattr(self.play, name))) for name in names}
        new = {name: value for name, value in now.items() if name not in self.known or self.known[name] != value}
        self.known = now
        return new
    def answer(self, request):
        for name, value in request.get('traits', {}).items(): setattr(self.play, name, value)
        self.known.update(request.get('traits', {}))
        if 'message' in request:
            self.play._receive(self.play, request['message'], [base64.b64decode(p) for p in request['parts']])
        self.sent, sent = [], self.sent
        return dict(now=self.state(), sent=sent)

@pytest.fixture
def opened(chromium): # -> a function that opens a playground
    pages, errors = [], []
    def open_page(**options): # -> page, and the playground in it
        kernel, page = Kernel(), chromium.new_page(**options)
        pages.append(page)
        page.set_default_timeout(120_000)
        page.on('pageerror', lambda e: errors.append(str(e)))
        page.expose_function('python', kernel.answer)
        page.set_content(PAGE.format(kernel.play._css))
        page.evaluate(MODEL, [base64.b64encode(kernel.play._esm.encode()).decode(), kernel.state()])
        return page, page.locator('.hypercol-app')
    yield open_page
    for page in pages: page.close()
    assert errors == []

@pytest.fixture
def cup(tmp_path): # a gray photograph, as a file
    Image.fromarray(skimage.data.coffee()).convert('L').save(tmp_path/'cup.png')
    return tmp_path/'cup.png'

def serious(page):
    found = Axe().run(page).response['violations']
    bad = [v for v in found if v['impact'] in ('serious', 'critical')]
    return [f"{v['id']}: {node['html'][:200]}" for v in bad for node in v['nodes']]

def upload(page, app, *files):
    page.locator('.hypercol-drop input').set_input_files(files)
    app.get_by_role('button', name=files[-1].name, exact=True).wait_for()

def touching(page, app, cup): # -> the layer over the picture of an uploaded cup, with its box
    upload(page, app, cup)
    app.get_by_role('slider', name='cup.png').wait_for()
    app.get_by_role('button', name=GIVE).click()
    layer = app.locator('.hypercol-layer')
    layer.scroll_into_view_if_needed()
    return layer, layer.bounding_box()

def at(box, x, y): return box['x'] + x*box['width'], box['y'] + y*box['height']
def fresh(app): return app.locator('.hypercol-swatches:not(.hypercol-stale) button')
def swatch(app, n): return app.get_by_role('group', name='Other colors').get_by_role('button').nth(n)
def counted(app, n): app.get_by_role('button', name=f'{GIVE} ({n})' if n else GIVE, exact=True).wait_for()
def place(app): return [int(app.get_by_role('spinbutton', name=f'Pixels from the {side}').input_value())
                        for side in ('left', 'top')]

def pixel(page, x, y): # of the shown picture, in shares
    return page.evaluate("""async ([x, y]) => {
      const image = document.querySelectorAll('.hypercol-live img')[1], canvas = document.createElement('canvas');
      await image.decode();
      canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      return [...context.getImageData(x*canvas.width, y*canvas.height, 1, 1).data].slice(0, 3); }""", [x, y])

TIMED = '''async swatch => {
  const image = document.querySelectorAll('.hypercol-live img')[1], old = image.src, start = performance.now();
  swatch.click();
  while (image.src === old) await new Promise(r => setTimeout(r, 1));
  await image.decode();
  return performance.now() - start; }'''

def test_mouse(opened, cup):
    page, app = opened(**WIDE)
    layer, box = touching(page, app, cup)
    page.mouse.click(*at(box, .2508, .6212))
    fresh(app).first.wait_for()
    assert place(app) == [150, 248]
    assert serious(page) == []
    times = [page.evaluate(TIMED, swatch(app, n).element_handle()) for n in (0, 5, 8, 2, 0)]
    print('milliseconds from click to picture:', *map(round, times))
    assert min(times) < 1500 # below 300 on two idle cores
    counted(app, 1)
    red = pixel(page, .25, .62)
    assert red[0] > red[1] + 40
    mark = app.get_by_role('button', name='Touch 1')
    start, end = at(mark.bounding_box(), .5, .5), at(box, .5008, .1512)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()
    app.get_by_role('button', name='at 300, 60').wait_for()
    app.get_by_role('button', name='Undo').click()
    app.get_by_role('button', name='at 150, 248').wait_for()
    page.keyboard.press('Control+Shift+z')
    app.get_by_role('button', name='at 300, 60').click()
    app.get_by_role('slider', name='Reach').press('End')
    page.wait_for_function('document.querySelector("[aria-label=Reach]").getAttribute("aria-valuetext") === "× 10.00"')
    app.get_by_label('Color', exact=True).fill('teal')
    app.get_by_label('Color', exact=True).press('Enter')
    app.get_by_role('button', name='#008080 at').wait_for()
    app.get_by_label('Color', exact=True).fill('reddish')
    app.get_by_label('Color', exact=True).press('Enter')
    app.get_by_role('alert').get_by_text('reddish').wait_for()
    app.get_by_text('Take a color from another picture').click()
    app.get_by_label('Picture to take a color from', exact=True).select_option('astronaut')
    canvas = app.locator('canvas')
    canvas.click(position=dict(x=35, y=190)) # the orange suit
    page.wait_for_function('!document.querySelector(".hypercol-touches").innerText.includes("#008080")')
    r, g, b = (int(app.get_by_label('Color', exact=True).input_value()[i:i + 2], 16) for i in (1, 3, 5))
    assert r > g > b
    app.get_by_role('button', name='Remove this touch').click()
    counted(app, 0)

def test_finger(opened, cup):
    page, app = opened(**PHONE)
    assert page.locator('.hypercol-live').bounding_box()['y'] < 500 # in sight
    layer, box = touching(page, app, cup)
    page.touchscreen.tap(*at(box, .2508, .6212))
    fresh(app).first.wait_for()
    swatch(app, 0).tap()
    counted(app, 1)
    assert serious(page) == []
    layer.scroll_into_view_if_needed()
    box, mark = layer.bounding_box(), app.get_by_role('button', name='Touch 1').bounding_box()
    send, (x, y), (to_x, to_y) = page.context.new_cdp_session(page).send, at(mark, .5, .5), at(box, .5008, .1512)
    for kind, points in (('touchStart', [(x, y)]), ('touchMove', [((x + to_x)/2, (y + to_y)/2)]),
                         ('touchMove', [(to_x, to_y)]), ('touchEnd', [])):
        send('Input.dispatchTouchEvent', dict(type=kind, touchPoints=[dict(x=x, y=y) for x, y in points]))
    page.wait_for_function('document.querySelector(".hypercol-touches").innerText.includes("at 30")')
    x, y = place(app)
    assert abs(x - 300) <= 4 and abs(y - 60) <= 4
    app.get_by_role('button', name='Undo').tap()
    app.get_by_role('button', name='Undo').tap()
    counted(app, 0)
    assert page.evaluate('document.documentElement.scrollWidth') <= 390

def test_keyboard_and_screen_reader(opened, cup):
    page, app = opened(**WIDE)
    layer, _ = touching(page, app, cup)
    layer.focus()
    for _ in range(5): page.keyboard.press('ArrowLeft') # a hundredth each, from the middle
    page.keyboard.press('Shift+ArrowDown')
    said = app.get_by_role('status').all_inner_texts()
    assert '45 % across, 50 % down' in said
    page.keyboard.press('Enter')
    fresh(app).first.wait_for()
    assert place(app) == [270, 201]
    page.keyboard.press('Tab') # from the panel's title to the first likely color
    assert page.evaluate('document.activeElement.closest("[role=group]").ariaLabel') == 'Likely colors'
    page.keyboard.press('Enter')
    counted(app, 1)
    mark = app.get_by_role('button', name='Touch 1')
    mark.focus()
    for key in ('ArrowRight', 'ArrowRight', 'ArrowUp'):
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    app.get_by_role('button', name='at 282, 195').wait_for()
    assert page.evaluate('document.activeElement.ariaLabel').startswith('Touch 1')
    page.keyboard.press('Control+z') # the moves are one step
    app.get_by_role('button', name='at 270, 201').wait_for()
    mark.press('Delete')
    counted(app, 0)
    page.keyboard.press('Control+z')
    counted(app, 1)

def test_a_zoomed_window_takes_touches_where_they_are(opened, cup):
    page, app = opened(**WIDE)
    upload(page, app, cup)
    app.get_by_label('Zoom').select_option('400 %')
    app.get_by_role('slider', name='Across').wait_for()
    page.wait_for_timeout(1500)
    app.get_by_role('button', name=GIVE).click()
    page.mouse.click(*at(app.locator('.hypercol-layer').bounding_box(), .5, .5))
    fresh(app).first.wait_for()
    x, y = place(app)
    assert abs(x - 300) <= 1 and abs(y - 200) <= 1
    page.mouse.click(*at(app.locator('.hypercol-layer').bounding_box(), 0, 0))
    page.wait_for_function('document.querySelector("[type=number]").value === "225"')

def test_the_whole_way(opened, cup, tmp_path):
    "A touch in the playground, its sidecar, a folder run: the same file. The sidecar opened again: the same touch."
    page, app = opened(**WIDE)
    layer, box = touching(page, app, cup)
    for place_, color in (((.2508, .6212), 0), ((.5008, .1512), 8)):
        page.mouse.click(*at(box, *place_))
        fresh(app).first.wait_for()
        swatch(app, color).click()
        page.wait_for_timeout(500)
    counted(app, 2)
    saved = {}
    for button in ('Save these touches', 'Colorize at full size'):
        with page.expect_download() as coming: app.get_by_role('button', name=button).click()
        saved[coming.value.suggested_filename] = path = tmp_path/coming.value.suggested_filename
        coming.value.save_as(path)
    assert [*saved] == ['cup.touches.json', 'cup.color.png']
    result = saved['cup.color.png'].rename(tmp_path/'page.png')
    folder = tmp_path/'folder'
    folder.mkdir()
    for path in (cup, saved['cup.touches.json']): (folder/path.name).write_bytes(path.read_bytes())
    assert run(['colorize', folder, '-o', tmp_path/'out']) == 0
    assert read_mark(tmp_path/'out'/'cup.png') == read_mark(result) and 'touches 2 ' in read_mark(result)
    assert (tmp_path/'out'/'cup.png').read_bytes() == result.read_bytes()
    page, app = opened(**WIDE)
    page.locator('.hypercol-drop input').set_input_files([saved['cup.touches.json'], cup]) # in any order
    counted(app, 2)
    app.get_by_role('alert').get_by_text('cup.touches.json: 2 touches for cup.png').wait_for()

def test_a_reference(opened, tmp_path):
    "A reference, from a file and from the page; a gray one, and the photograph itself; and the command does the same."
    left, right = skimage.data.coffee()[:, :300], skimage.data.coffee()[:, 300:]
    Image.fromarray(left).convert('L').save(tmp_path/'cup.png')
    Image.fromarray(right).save(tmp_path/'right.png')
    page, app = opened(**WIDE)
    touching(page, app, tmp_path/'cup.png')
    before = page.evaluate('document.querySelectorAll(".hypercol-live img")[1].src')
    app.get_by_text('Take the colors of a similar photograph').click()
    said = app.locator('.hypercol-reference').get_by_role('status')
    pick = app.get_by_label('Reference photograph', exact=True)
    assert pick.locator('option').all_inner_texts() == ['no reference', 'coffee', 'astronaut'] # Nipomo is gray
    chooser = app.get_by_label('A file as reference photograph')
    for name in ('cup.png', 'right.png'):
        chooser.set_input_files(tmp_path/name)
        if name == 'cup.png': app.get_by_role('alert').get_by_text('is the reference itself').wait_for()
    said.get_by_text('places match right.png').wait_for()
    n = int(said.inner_text().split()[0])
    assert n > 50 and page.evaluate('document.querySelectorAll(".hypercol-live img")[1].src') != before
    assert serious(page) == []
    with page.expect_download() as coming: app.get_by_role('button', name='Colorize at full size').click()
    coming.value.save_as(tmp_path/'page.png')
    assert run(['colorize', tmp_path/'cup.png', '-o', tmp_path/'out.png', '--reference', tmp_path/'right.png']) == 0
    assert (tmp_path/'out.png').read_bytes() == (tmp_path/'page.png').read_bytes()
    pick.select_option('astronaut')
    said.get_by_text('match astronaut').or_(said.get_by_text('matches astronaut')).wait_for()
    pick.select_option('no reference')
    said.get_by_text('Your touches count more').wait_for()
    assert page.evaluate('document.querySelectorAll(".hypercol-live img")[1].src') == before
    Image.fromarray(skimage.data.camera()).save(tmp_path/'camera.png')
    chooser.set_input_files(tmp_path/'camera.png')
    app.get_by_role('alert').get_by_text('camera.png: is gray').wait_for()
    assert str(tmp_path) not in app.inner_text()
    assert page.evaluate('document.documentElement.scrollWidth') <= 1280

def test_files_of_all_kinds(opened, cup, tmp_path):
    page, app = opened(**WIDE)
    (tmp_path/'letter.jpg').write_text('Dear diary')
    Image.fromarray(np.full((6, 4), 128, np.uint8)).save(tmp_path/'tiny.png')
    (tmp_path/'twin.png').write_bytes(cup.read_bytes())
    files = [tmp_path/name for name in ('cup.png', 'letter.jpg', 'twin.png', 'tiny.png')]
    upload(page, app, *files)
    alert = app.locator('.hypercol-alert:visible')
    alert.get_by_text('already on this page').wait_for()
    page.wait_for_function('document.querySelector(".hypercol-alert").innerText.split("\\n").length === 4')
    lines = alert.inner_text().splitlines()
    assert [line.partition(':')[0] for line in lines] == [f.name for f in files]
    assert app.locator('.hypercol-gallery button').count() == 3 + 2
    assert float(alert.evaluate('e => parseFloat(getComputedStyle(e).fontSize)')) >= 16
    figure = app.locator('.hypercol-live').bounding_box() # of the tiny one
    assert figure['width'] >= 200 and figure['height'] >= 120
    assert app.locator('.hypercol-gallery button[aria-pressed=true]').get_attribute('aria-label') == 'tiny.png'
    app.get_by_role('button', name='Remove this photograph').click()
    app.get_by_role('button', name='tiny.png').wait_for(state='detached')
    assert serious(page) == []

def test_layout_legend_and_reset(opened):
    page, app = opened(**WIDE)
    app.get_by_role('button', name='coffee').click()
    app.get_by_role('slider', name='coffee').wait_for()
    get = app.get_by_role('button', name='Colorize at full size').bounding_box()
    assert get['y'] + get['height'] < 900
    assert app.locator('.hypercol-controls').bounding_box()['width'] >= 300
    figure = app.locator('.hypercol-live').bounding_box()
    assert figure['width'] > figure['height'] and figure['width'] >= 600
    assert not app.locator('.hypercol-legend').is_visible()
    app.get_by_label('Show the difference').check()
    app.locator('.hypercol-legend').wait_for()
    assert '40+' in app.locator('.hypercol-legend').inner_text()
    app.get_by_role('slider', name='Saturation').press('Home')
    app.get_by_text('× 0.00').wait_for()
    app.get_by_role('button', name='Reset these settings').click()
    app.get_by_text('× 1.00').wait_for()
    assert not app.get_by_label('Show the difference').is_checked()
