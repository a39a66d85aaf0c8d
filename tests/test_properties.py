"The same promises hold for any size, mode, depth, container and metadata."
import io, os, re, tempfile
from pathlib import Path
import numpy as np
from PIL import Image
from hypothesis import HealthCheck, given, settings, strategies as st
from hypercol.cli import run
from kinds import TITLE, TURNS, exif, exif_segment, itxt, pillow, png, pnm, three, tiff, tiff_by_hand, values
from kinds import with_segments, xmp, xmp_segment
from readers import SYNTHETIC, check_srgb, lightness, read_result, xmp_values

# G: gray, C: color, A: color with alpha, B: gray with alpha
CONTAINERS = {'png': 'GCAB', 'tif': 'GCAB', 'jpg': 'GC', 'webp': 'CA', 'avif': 'GCA', 'pgm': 'G', 'ppm': 'C'}
WITH_METADATA = 'png', 'tif', 'jpg', 'webp', 'avif'

@st.composite
def pictures(draw): # -> (name, bytes, pixels as stored H×W×bands, depth, turn, has XMP)
    container = draw(st.sampled_from(sorted(CONTAINERS)))
    mode = draw(st.sampled_from(CONTAINERS[container]))
    deep = draw(st.booleans()) and container not in ('jpg', 'webp', 'avif')
    h, w, seed = draw(st.integers(1, 80)), draw(st.integers(1, 80)), draw(st.integers(0, 99))
    turn, packet = 1, False
    if container in WITH_METADATA: turn, packet = draw(st.integers(1, 8)), draw(st.booleans())
    a = _pixels(h, w, mode, deep, draw(st.sampled_from([0, .3, 1])), np.random.default_rng(seed))
    plain = a[..., 0] if a.shape[2] == 1 else a
    if container == 'png':
        chunks = [(b'eXIf', exif(turn))]*(turn > 1) + [itxt(xmp(turn))]*packet
        data = png(a, 16 if deep else 8, chunks, interlaced=draw(st.booleans()))
    elif container == 'tif' and mode in 'GC':
        tags = {0x112: (3, [turn])} | ({0x2bc: (1, xmp(turn))} if packet else {})
        data = tiff_by_hand(plain, draw(st.sampled_from('<>')), tags)
    elif container == 'tif':
        turn, packet = 1, False
        data = tiff([a], extrasamples=['unassalpha'], planarconfig='contig',
                    compression=draw(st.sampled_from([None, 'zlib'])),
                    photometric='rgb' if mode == 'A' else 'minisblack')
    elif container == 'jpg':
        segments = [exif_segment(exif(turn))]*(turn > 1) + [xmp_segment(xmp(turn))]*packet
        data = with_segments(pillow(plain, 'JPEG', quality=100, subsampling=0), *segments)
        a = np.atleast_3d(np.asarray(Image.open(io.BytesIO(data))))
    elif container == 'webp':
        metadata = {'exif': b'Exif\0\0' + exif(turn)} if turn > 1 else {}
        if packet: metadata['xmp'] = xmp(turn)
        data = pillow(a, 'WEBP', lossless=True, exact=True, **metadata)
    elif container == 'avif': # Pillow puts the orientation into boxes
        metadata = {'exif': exif(turn)} if turn > 1 else {}
        if packet: metadata['xmp'] = xmp(turn)
        data = pillow(plain, 'AVIF', quality=100, subsampling='4:4:4', **metadata)
        a = decoded_as(data, mode)
    else: data = pnm(plain)
    return f'a.{container}', data, a, 16 if deep else 8, turn, packet

def decoded_as(data, mode): # what Pillow finds in a file that it made, H×W×bands
    return np.atleast_3d(np.asarray(Image.open(io.BytesIO(data)).convert('RGBA' if mode == 'A' else 'RGB')))

def _pixels(
    h, w, mode, deep,
    contrast, # 0: even; .3: ordinary; 1: up to black and white, with noise
    rng,
): # -> H×W×bands, uint8 or uint16
    y, x = np.mgrid[:h, :w]
    bands = dict(G=1, B=2, C=3, A=4)[mode]
    level = rng.random(bands)
    waves = np.dstack([np.sin(x/5 + y/(3 + i)) for i in range(bands)])
    grain = rng.normal(0, contrast/9, (h, w, 1))
    a = np.clip(level + contrast*(waves + grain), 0, 1)
    top, kind = (65535, np.uint16) if deep else (255, np.uint8)
    return np.rint(top*a).astype(kind)

UNCHECKED = [HealthCheck.too_slow, HealthCheck.data_too_large]

@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=UNCHECKED)
@given(pictures(), st.sampled_from(['auto', '32', '47', '2000']), st.sampled_from(['0', '0.3', '1', '5']))
def test_promises(model, picture, size, saturation):
    name, data, stored, depth, turn, packet = picture
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)/name
        source.write_bytes(data)
        assert run(['colorize', source, '--model', model, '--size', size, '--saturation', saturation]) == 0
        [path] = Path(folder).glob('a.color.*')
        assert len(os.listdir(folder)) == 2
        assert source.read_bytes() == data
        result = read_result(path)
        upright, [page] = TURNS[turn](stored), result.pages
        opaque = upright.shape[2] % 2 == 1
        assert page.dtype == (np.uint16 if depth == 16 else np.uint8)
        assert page.shape == (*upright.shape[:2], 3 if opaque else 4)
        shows = values(upright if opaque else upright[..., :-1])
        if shows.shape[2] == 1: shows = three(shows[..., 0])
        assert np.abs(lightness(page) - lightness(shows)).mean() <= (.05 if depth == 16 else .5)
        if not opaque: assert np.array_equal(page[..., 3], upright[..., -1])
        if saturation == '0' and result.format != 'JPEG':
            assert np.ptp(page[..., :3].astype(int), -1).max() <= (2 if depth == 16 else 0)
        check_srgb(result.icc)
        assert result.exif.get(0x112, 1) == 1
        assert xmp_values(result.xmp, 'iptc:DigitalSourceType') == [SYNTHETIC]
        assert not packet or xmp_values(result.xmp, 'dc:title') == [TITLE]
        [tool] = xmp_values(result.xmp, 'xmp:CreatorTool')
        told = f"size {'256' if size == 'auto' else size}, saturation {float(saturation):g}"
        assert told in re.sub(r'(\d)\.0\b', r'\1', tool)
