"The hypercolumn viewer in a real browser: its page, its script and its Python half, without a notebook around them."
import base64, io
import numpy as np, pytest, skimage
from PIL import Image
from house import CHROMIUM

if not CHROMIUM: pytest.skip('needs Chromium (apt-get install chromium)', allow_module_level=True)
from axe_playwright_python.sync_playwright import Axe
from hypercol.show.viewer import HypercolumnViewer

PAGE = ('<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        '<title>Viewer</title><style>{}</style><main>{}</main></html>')
# Jupyter's part of an anywidget in a dozen lines: the traits, and calls of Python and back.
# `most` counts how many calls were waiting for their answer at the same time.
MODEL = '''async ([esm, state]) => {
  const { default: { render } } = await import("data:text/javascript;base64," + esm), listeners = {};
  let open = 0, changed = {};
  window.most = 0;
  const model = {
    get: k => state[k],
    set: (k, v) => { state[k] = changed[k] = v },
    off: () => {},
    on: (k, f) => { listeners[k] = f },
    save_changes: async () => {
      window.most = Math.max(window.most, ++open);
      const sent = changed;
      changed = {};
      const now = await window.python(sent), different = Object.keys(now).filter(k => state[k] !== now[k]);
      Object.assign(state, now);
      open--;
      for (const k of different) listeners["change:" + k]?.();
    },
  };
  render({ model, el: document.querySelector("main") });
}'''
TRAITS = 'page', 'photographs', 'photograph', 'size', 'at', 'answer', 'channel', 'channel_picture'

@pytest.fixture(scope='module')
def viewer():
    photographs = {'A cup': skimage.data.coffee(), 'A cat': skimage.data.chelsea()}
    return HypercolumnViewer(photographs, (.5, .5), long_side=128)

DESKTOP = dict(viewport=dict(width=1000, height=900))
PHONE = dict(viewport=dict(width=390, height=844), is_mobile=True, has_touch=True)

@pytest.fixture(params=[DESKTOP, PHONE], ids=['desktop', 'phone'])
def page(chromium, viewer, request):
    viewer.photograph = 'A cup'
    viewer.at = [n//2 for n in viewer.size]
    page, errors = chromium.new_page(**request.param), []
    page.set_default_timeout(10_000)
    page.on('pageerror', lambda e: errors.append(str(e)))
    def python(changes):
        for name, value in changes.items(): setattr(viewer, name, value)
        return {k: getattr(viewer, k) for k in TRAITS}
    page.expose_function('python', python)
    page.set_content(PAGE.format(viewer._css, ''))
    script = base64.b64encode(str(viewer._esm).encode()).decode()
    page.evaluate(MODEL, [script, {k: getattr(viewer, k) for k in TRAITS}])
    yield page
    page.close()
    assert errors == []

AT_POSITION = '''at => {
  const [across, down] = document.querySelectorAll("input[type=range]");
  return +down.value === at[0] && +across.value === at[1];
}'''

def settled(page, viewer, at): # waits until page and Python have reached the position, and compares what they show
    page.wait_for_function(AT_POSITION, arg=list(at))
    heat = viewer.columns.answer(*at)['heats'][0]
    page.wait_for_function('first => document.querySelector("[data-heat]").src === first', arg=heat)
    assert viewer.at == tuple(at)
    assert page.locator('meter').evaluate_all('all => all.map(m => m.value)') == viewer.answer['strengths']
    channels = [', '.join(map(str, c)) for c in viewer.answer['channels']]
    assert page.locator('[data-channels]').all_inner_texts() == channels

def touch(page, viewer, picture, row, col): # with a finger where there is a touchscreen, otherwise with the mouse
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    x = box['x'] + (col + .5)*box['width']/viewer.size[1]
    y = box['y'] + (row + .5)*box['height']/viewer.size[0]
    if page.evaluate('navigator.maxTouchPoints'): page.touchscreen.tap(x, y)
    else: page.mouse.click(x, y)

def test_a_click_in_any_picture_chooses(page, viewer):
    pictures = page.locator('.hypercol-viewer-map img')
    assert pictures.count() == 13
    for n, at in ((0, (3, 5)), (1, (9, 30)), (6, (12, 8))):
        touch(page, viewer, pictures.nth(n), *at)
        settled(page, viewer, at)

def test_the_keyboard_chooses(page, viewer):
    row, col = viewer.at
    page.get_by_label('across').focus()
    for _ in range(3): page.keyboard.press('ArrowRight')
    page.keyboard.press('Tab')
    for _ in range(2): page.keyboard.press('ArrowLeft')
    settled(page, viewer, (row - 2, col + 3))

def test_a_channel_and_another_photograph_are_chosen(page, viewer):
    number = viewer.answer['channels'][1][2]
    page.get_by_title(f'Show channel {number} of level 2').first.click()
    page.get_by_text(f'channel {number} of level 2').wait_for()
    drawn = page.locator('[data-channel]').get_attribute('src')
    assert drawn == viewer.columns.channel(2, number)
    page.get_by_label('photograph').select_option('A cat')
    page.locator('img[alt="A cat"]').wait_for()
    assert viewer.columns.size == viewer.size
    touch(page, viewer, page.locator('.hypercol-viewer-map img').first, 2, 3)
    settled(page, viewer, (2, 3))
    assert [v for v in Axe().run(page).response['violations'] if v['impact'] in ('serious', 'critical')] == []

def test_a_drag_asks_one_question_at_a_time_and_ends_where_it_ends(page, viewer):
    if page.evaluate('navigator.maxTouchPoints'): pytest.skip('a finger that drags scrolls the page')
    box = page.locator('.hypercol-viewer-map img').first.bounding_box()
    page.mouse.move(box['x'] + 5, box['y'] + 5)
    page.mouse.down()
    page.mouse.move(box['x'] + box['width'] - 5, box['y'] + box['height'] - 5, steps=40)
    page.mouse.up()
    settled(page, viewer, [n - 1 for n in viewer.size])
    assert page.evaluate('most') == 1

RING = '''e => {
  const s = getComputedStyle(e, "::after");
  return [parseFloat(s.left)/e.clientWidth, parseFloat(s.top)/e.clientHeight];
}'''

def test_fits_and_the_ring_is_at_its_place(page, viewer):
    assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')
    ring = page.locator('.hypercol-viewer-map').first.evaluate(RING)
    assert np.allclose(ring, [(viewer.at[1] + .5)/viewer.size[1], (viewer.at[0] + .5)/viewer.size[0]], atol=.01)

@pytest.mark.parametrize('width', [1000, 390])
def test_a_page_without_a_kernel_shows_the_pictures_and_no_control(chromium, viewer, width):
    page = chromium.new_page(viewport=dict(width=width, height=900), java_script_enabled=False)
    page.set_content(PAGE.format('', viewer._repr_mimebundle_()[0]['text/html']))
    assert page.locator('input').count() == 0
    assert page.locator('img').count() == 13
    assert page.locator('meter').count() == 5
    shot = np.asarray(Image.open(io.BytesIO(page.locator('[data-heat]').first.screenshot())).convert('RGB'), int)
    assert np.ptp(shot, axis=2).max() > 100 # the heat map is colored
    page.close()
