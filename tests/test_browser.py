"The before/after slider in a real browser, without a network: by mouse, by keyboard, on a phone, and where no script runs."
import io, shutil
import nbformat, numpy as np, pytest, skimage
from nbconvert import HTMLExporter
from PIL import Image
from hypercol.color import grey, lightness
from hypercol.compare import compare
from house import ROOT

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
if not CHROMIUM: pytest.skip('needs Chromium (apt-get install chromium)', allow_module_level=True)
from playwright.sync_api import sync_playwright

PAGE = '''<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Two sliders</title>
<style>:root {{ color-scheme: light dark }} body {{ margin: 8px; font-family: sans-serif }}</style><p>First</p>{}<p>Second</p>{}</html>'''
DESKTOP, PHONE = dict(width=1000, height=900), dict(width=390, height=844)

@pytest.fixture(scope='module')
def pages(tmp_path_factory): # -> folder with plain.html, made of two pieces; by nbconvert notebook.html, which holds the same, and index.html
    folder = tmp_path_factory.mktemp('pages')
    rgb = skimage.data.coffee()
    sliders = [compare(grey(lightness(rgb)), rgb, 'A cup of coffee'), compare(rgb[:, :200]//2, rgb[:, :200], 'Half a cup', ('dark', 'light'))]
    (folder/'plain.html').write_text(PAGE.format(*(s.html for s in sliders)), encoding='utf-8')
    v4 = nbformat.v4
    cells = [v4.new_code_cell('show()', outputs=[v4.new_output('display_data', {'text/html': s.html, 'text/plain': repr(s)})]) for s in sliders]
    body, _ = HTMLExporter().from_notebook_node(v4.new_notebook(cells=cells), {'metadata': {'name': 'notebook'}})
    (folder/'notebook.html').write_text(body, encoding='utf-8')
    (folder/'index.html').write_text(HTMLExporter().from_filename(ROOT/'index.ipynb')[0], encoding='utf-8')
    return folder

@pytest.fixture(scope='module')
def chromium():
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox', '--disable-gpu', '--disable-background-networking'])
        yield browser
        browser.close()

@pytest.fixture
def visit(chromium, pages):
    "A function that opens a page with the network blocked. Errors in the page fail the test."
    contexts, errors = [], []
    def open_page(name, view=DESKTOP, **options):
        contexts.append(chromium.new_context(viewport=view, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.route('**/*', lambda r: r.continue_() if r.request.url.startswith(('file:', 'data:', 'blob:')) else r.abort())
        # nbconvert's own page names libraries on the web, which are not there: a piece of ours never does
        if name == 'plain.html': page.on('pageerror', lambda e: errors.append(str(e)))
        if name == 'plain.html': page.on('request', lambda r: r.url.startswith(('file:', 'data:')) or errors.append(f'asked for {r.url}'))
        page.goto((pages/name).as_uri())
        return page
    yield open_page
    for context in contexts: context.close()
    assert errors == []

def state(slider): # -> value, what is cut off the second picture, what a screen reader says
    cut = slider.locator('img').nth(1).evaluate('e => getComputedStyle(e).clipPath')
    range_ = slider.locator('input')
    return int(range_.input_value()), cut, range_.get_attribute('aria-valuetext')

def drag(page, slider, start, end): # from and to a share of the width, counted from the left
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    y = box['y'] + .4*box['height']
    page.mouse.move(box['x'] + start*box['width'], y); page.mouse.down()
    page.mouse.move(box['x'] + end*box['width'], y, steps=6); page.mouse.up()


@pytest.mark.parametrize('name', ['plain.html', 'notebook.html'])
def test_moves_by_mouse_and_by_keyboard(visit, name):
    page = visit(name)
    first, second = page.locator('.hypercol-compare').all()
    for slider, word in ((first, 'colour'), (second, 'light')):
        before = state(slider)
        assert before[0] == 50 and before[2] == f'50 % {word}'
        drag(page, slider, .5, .25)
        value, cut, says = state(slider)
        assert 74 <= value <= 76 and cut != before[1] and says == f'{value} % {word}'
        for _ in range(5): page.keyboard.press('ArrowLeft') # the edge follows the arrow: more of the right picture
        after = state(slider)
        assert after[0] == value + 5 and after[1] not in (cut, before[1]) and after[2] == f'{value + 5} % {word}'
        page.keyboard.press('ArrowRight')
        assert state(slider)[0] == value + 4

def test_the_home_page_has_a_slider_that_moves(visit):
    page = visit('index.html')
    slider = page.locator('.hypercol-compare').first
    drag(page, slider, .5, .25)
    page.keyboard.press('ArrowRight'); page.keyboard.press('ArrowRight')
    value, cut, says = state(slider)
    assert 72 <= value <= 74 and says.startswith(f'{value} % ') and cut.startswith('inset(')

def test_the_edge_is_under_the_pointer_from_side_to_side(visit):
    page = visit('plain.html')
    slider = page.locator('.hypercol-compare').first
    for x in (.1, .5, .9):
        drag(page, slider, .6, x)
        assert abs(state(slider)[0] - 100*(1 - x)) <= 1
    drag(page, slider, .5, 1.2)
    assert state(slider)[::2] == (0, '0 % colour')
    drag(page, slider, .5, -.2)
    assert state(slider)[::2] == (100, '100 % colour')

def test_what_is_seen_is_grey_left_of_the_edge_and_coloured_right_of_it(visit):
    page = visit('plain.html')
    slider = page.locator('.hypercol-compare').first
    drag(page, slider, .5, .3)
    shot = np.asarray(Image.open(io.BytesIO(slider.screenshot())).convert('RGB'), int)
    chroma, edge = np.ptp(shot, axis=2).mean(0), round(.3*shot.shape[1])
    assert chroma[:edge - 30].max() < 3 and chroma[edge + 30:].min() > 10

def test_reached_and_moved_by_keyboard_alone(visit):
    page = visit('plain.html')
    page.keyboard.press('Tab'); page.keyboard.press('Tab')
    page.keyboard.press('ArrowUp'); page.keyboard.press('Home')
    first, second = page.locator('.hypercol-compare').all()
    assert state(first)[0] == 50 and state(second)[::2] == (0, '0 % light')
    assert [s.evaluate('e => getComputedStyle(e, "::after").outlineStyle') for s in (first, second)] == ['none', 'solid']
    names = [page.get_by_role('slider', name=name).count() for name in ('A cup of coffee: grey or colour', 'Half a cup: dark or light')]
    assert names == [1, 1]

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
        assert (a['width'], a['height']) == (b['width'], b['height']) and a['width'] <= view['width'] - 16
        assert b['x'] >= a['x'] + a['width'] or b['y'] >= a['y'] + a['height'], 'one covers the other'
