"Whatever the size, the mode, the depth, the container and the metadata: the same promises."
import os, re, tempfile
from pathlib import Path
import numpy as np
from hypothesis import HealthCheck, given, settings, strategies as st
from hypercol.cli import run
from kinds import TITLE, TURNS, exif, itxt, pillow, png, pnm, three, tiff, tiff_by_hand, values, with_segments, xmp
from readers import SYNTHETIC, check_srgb, lightness, read_result, xmp_values

CONTAINERS = {'png': 'GCAB', 'tif': 'GCAB', 'jpg': 'GC', 'webp': 'CA', 'pgm': 'G', 'ppm': 'C'} # grey, colour, colour with alpha, grey with alpha

@st.composite
def pictures(draw): # -> (name, bytes, pixels as stored H×W×bands, depth, turn, has XMP)
    container = draw(st.sampled_from(sorted(CONTAINERS)))
    mode, deep = draw(st.sampled_from(CONTAINERS[container])), draw(st.booleans()) and container not in ('jpg', 'webp')
    h, w, seed = draw(st.integers(1, 80)), draw(st.integers(1, 80)), draw(st.integers(0, 99))
    turn, packet = (draw(st.integers(1, 8)), draw(st.booleans())) if container in ('png', 'tif', 'jpg', 'webp') else (1, False)
    rng = np.random.default_rng(seed)
    contrast = draw(st.sampled_from([0, .3, 1]))   # even, ordinary, or edges to black and white and noise
    y, x = np.mgrid[:h, :w]
    bands = dict(G=1, B=2, C=3, A=4)[mode]
    a = np.clip(rng.random(bands) + contrast*(np.dstack([np.sin(x/5 + y/(3 + i)) for i in range(bands)]) + rng.normal(0, contrast/9, (h, w, 1))), 0, 1)
    top, kind = (65535, np.uint16) if deep else (255, np.uint8)
    a = np.rint(top*a).astype(kind)
    tag, plain = {0x112: (3, [turn])} | ({0x2bc: (1, xmp(turn))} if packet else {}), a[..., 0] if bands == 1 else a
    if container == 'png': data = png(a, 16 if deep else 8, [(b'eXIf', exif(turn))]*(turn > 1) + [itxt(xmp(turn))]*packet, interlaced=draw(st.booleans()))
    elif container == 'tif' and mode in 'GC': data = tiff_by_hand(plain, draw(st.sampled_from('<>')), tag)
    elif container == 'tif':
        turn, packet = 1, False
        data = tiff([a], extrasamples=['unassalpha'], planarconfig='contig', compression=draw(st.sampled_from([None, 'zlib'])), photometric='rgb' if bands > 2 else 'minisblack')
    elif container == 'jpg':
        data = with_segments(pillow(plain, 'JPEG', quality=100, subsampling=0), *[(0xe1, b'Exif\0\0' + exif(turn))]*(turn > 1), *[(0xe1, b'http://ns.adobe.com/xap/1.0/\0' + xmp(turn))]*packet)
        a = np.atleast_3d(_decoded(data))
    elif container == 'webp': data = pillow(a, 'WEBP', lossless=True, exact=True, **({'exif': b'Exif\0\0' + exif(turn)} if turn > 1 else {}), **({'xmp': xmp(turn)} if packet else {}))
    else: data = pnm(plain)
    return f'a.{container}', data, a, 16 if deep else 8, turn, packet

def _decoded(data):
    import io
    from PIL import Image
    return np.asarray(Image.open(io.BytesIO(data)))

@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(pictures(), st.sampled_from(['auto', '32', '47', '2000']), st.sampled_from(['0', '0.3', '1', '5']))
def test_promises(model, picture, size, saturation):
    name, data, stored, depth, turn, packet = picture
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)/name
        source.write_bytes(data)
        assert run(['colorize', source, '--model', model, '--size', size, '--saturation', saturation]) == 0
        [path] = Path(folder).glob('a.color.*')
        assert len(os.listdir(folder)) == 2 and source.read_bytes() == data
        result = read_result(path)
        upright, [page] = TURNS[turn](stored), result.pages
        opaque = upright.shape[2] % 2 == 1
        assert page.dtype == (np.uint16 if depth == 16 else np.uint8) and page.shape == (*upright.shape[:2], 3 if opaque else 4)
        shows = values(upright if opaque else upright[..., :-1])
        assert np.abs(lightness(page) - lightness(three(shows[..., 0]) if shows.shape[2] == 1 else shows)).mean() <= (.05 if depth == 16 else .5)
        if not opaque: assert np.array_equal(page[..., 3], upright[..., -1])
        if saturation == '0' and result.format != 'JPEG': assert np.ptp(page[..., :3].astype(int), -1).max() <= (2 if depth == 16 else 0)
        check_srgb(result.icc)
        assert result.exif.get(0x112, 1) == 1 and xmp_values(result.xmp, 'iptc:DigitalSourceType') == [SYNTHETIC]
        assert not packet or xmp_values(result.xmp, 'dc:title') == [TITLE]
        [tool] = xmp_values(result.xmp, 'xmp:CreatorTool')
        assert f"size {'256' if size == 'auto' else size}, saturation {float(saturation):g}" in re.sub(r'(\d)\.0\b', r'\1', tool)
