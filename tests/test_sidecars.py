"XMP sidecars are copied beside results, and `--keep-time` keeps the time: never over another file."
import json, os
from xml.etree import ElementTree
import numpy as np, pytest
from PIL import Image
from hypercol.photo.xmp import mark_of
from kinds import exif_segment, gray, ifds, pillow, u8, with_segments, xmp

def album(folder): # two photographs with three sidecars, in a folder and one below it
    for name in ('a.jpg', 'sub/b.png'):
        (folder/name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(u8(gray())).save(folder/name)
        os.utime(folder/name, ns=(10**18, 10**18 + len(name)))
    sidecars = {'a.xmp': xmp(1) + b'\n', 'a.jpg.xmp': xmp(1, 'darktable'), 'sub/b.xmp': xmp(1, as_elements=True)}
    for name, data in sidecars.items():
        (folder/name).write_bytes(data)
        os.utime(folder/name, ns=(10**18, 10**18 + 77))
    return sidecars

def without_mark(data): # our own cut, as an editor would do it
    start = data.index(b'<rdf:Description xmlns:rdf')
    return data[:start] + data[data.index(b'/>', start) + 2:]

def without_tool(data, tool=b'Scanner 3'):
    data = data.replace(b' xmp:CreatorTool="%s"' % tool, b'')
    return data.replace(b'<xmp:CreatorTool>%s</xmp:CreatorTool>' % tool, b'')

def stamps(folder): return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob('*') if p.is_file()}

@pytest.mark.parametrize('options', [[], ['--keep-time']], ids=' '.join)
def test_sidecars_of_a_folder_are_copied(colorize, tmp_path, options):
    sidecars, out = album(tmp_path/'in'), tmp_path/'out'
    before = stamps(tmp_path/'in')
    status, said, err = colorize(tmp_path/'in', '-o', out, *options)
    assert (status, err) == (0, '') and stamps(tmp_path/'in') == before
    for name, data in sidecars.items():
        copy = (out/name).read_bytes()
        assert mark_of(copy).startswith('hypercol ')
        assert without_mark(copy) == without_tool(without_tool(data), b'darktable')
        ElementTree.fromstring(copy)
        assert ((out/name).stat().st_mtime_ns == 10**18 + 77) == bool(options)
    for name in ('a.jpg', 'sub/b.png'):
        assert ((out/name).stat().st_mtime_ns == 10**18 + len(name)) == bool(options)
    made = stamps(out)
    assert colorize(tmp_path/'in', '-o', out, *options)[0] == 0 and stamps(out) == made # nothing is done twice

@pytest.mark.parametrize('result,copies', [
    (None, {'a.color.xmp': 'a.xmp', 'a.color.jpg.xmp': 'a.jpg.xmp'}),
    ('z.png', {'z.xmp': 'a.xmp', 'z.png.xmp': 'a.jpg.xmp'}),
    ('a.png', {'a.png.xmp': 'a.jpg.xmp'})]) # beside it already: a.xmp belongs to both, and is not changed
def test_copies_have_the_name_of_the_result(colorize, tmp_path, result, copies):
    album(tmp_path)
    before = stamps(tmp_path)
    target = [] if result is None else ['-o', tmp_path/result]
    assert colorize(tmp_path/'a.jpg', *target)[::2] == (0, '')
    now = stamps(tmp_path)
    assert {p: now[p] for p in before} == before
    new = {p.name for p in now.keys() - before.keys()}
    assert new == {result or 'a.color.jpg', *copies}
    for copy, source in copies.items():
        assert without_mark((tmp_path/copy).read_bytes())[:150] == (tmp_path/source).read_bytes()[:150]

def test_another_file_is_not_overwritten(colorize, tmp_path):
    album(tmp_path/'in')
    (tmp_path/'out').mkdir()
    (tmp_path/'out'/'a.xmp').write_bytes(b'a letter')
    for _ in range(2):
        status, out, err = colorize(tmp_path/'in'/'a.jpg', '-o', tmp_path/'out', '--report', tmp_path/'report')
        assert (status, err.count('\n')) == (0, 1) and 'a.xmp: already exists and was not changed' in err
        assert (tmp_path/'out'/'a.xmp').read_bytes() == b'a letter'
        note, = json.loads((tmp_path/'report').read_text())['notes']
        assert note in err
    assert colorize(tmp_path/'in'/'a.jpg', '-o', tmp_path/'out', '--overwrite')[::2] == (0, '')
    assert mark_of((tmp_path/'out'/'a.xmp').read_bytes())

def test_an_edited_copy_keeps_what_was_edited(colorize, tmp_path):
    album(tmp_path/'in')
    copy, out = tmp_path/'out'/'a.xmp', ['-o', f'{tmp_path}/out/']
    assert colorize(tmp_path/'in'/'a.jpg', *out)[0] == 0
    edited = copy.read_bytes().replace(b'Migrant Mother', b'Florence Owens')
    copy.write_bytes(edited)
    assert colorize(tmp_path/'in'/'a.jpg', *out)[0] == 0 and copy.read_bytes() == edited
    before = mark_of(edited)
    (tmp_path/'out'/'a.jpg').unlink()
    assert colorize(tmp_path/'in'/'a.jpg', *out, '--saturation', '.7')[::2] == (0, '')
    assert b'Florence Owens' in copy.read_bytes() and mark_of(copy.read_bytes()) != before
    assert colorize(tmp_path/'in'/'a.jpg', *out, '--saturation', '.5', '--overwrite')[0] == 0
    assert b'Migrant Mother' in copy.read_bytes() and 'saturation 0.5' in mark_of(copy.read_bytes())

def test_a_sidecar_of_a_turned_photograph_is_turned(colorize, tmp_path):
    regions = xmp(6).replace(b'tiff:Orientation="6"', b'tiff:Orientation="6" tiff:ImageWidth="90" xmlns:r='
        b'"http://ns.microsoft.com/photo/1.2/t/Region#" r:Rectangle="0, 0, 0.25, 0.5"')
    turned = regions.replace(b'Orientation="6"', b'Orientation="1"').replace(b'"90"', b'"60"')
    turned = turned.replace(b'"0, 0, 0.25, 0.5"', b'"0.5, 0, 0.5, 0.25"')
    for name, turn, expected in (('upright', 1, regions), ('turned', 6, turned)):
        jpeg = pillow(np.full((60, 90), 99, np.uint8), 'JPEG')
        (tmp_path/f'{name}.jpg').write_bytes(with_segments(jpeg, exif_segment(ifds({0x112: (3, [turn])}))))
        (tmp_path/f'{name}.xmp').write_bytes(regions)
        assert colorize(tmp_path/f'{name}.jpg')[0] == 0
        assert without_mark((tmp_path/f'{name}.color.xmp').read_bytes()) == without_tool(expected)

@pytest.mark.parametrize('data', [b'no XML at all', xmp(1)[:-80], xmp(1).replace(b'Mother', b'Mother \x0b')],
                         ids=['noise', 'cut short', 'vertical tab'])
def test_a_sidecar_that_is_not_xml_is_copied_as_it_is(colorize, tmp_path, data):
    Image.fromarray(u8(gray())).save(tmp_path/'a.tif')
    (tmp_path/'a.xmp').write_bytes(data)
    for _ in range(2):
        status, out, err = colorize(tmp_path/'a.tif')
        assert (status, err.count('\n')) == (0, 1) and 'a.color.xmp: has no mark' in err
        assert (tmp_path/'a.color.xmp').read_bytes() == data

def test_what_is_no_sidecar_does_not_stop_a_photograph(colorize, tmp_path):
    for name in 'ab': Image.fromarray(u8(gray())).save(tmp_path/f'{name}.png')
    (tmp_path/'a.xmp').mkdir()
    (tmp_path/'b.xmp').symlink_to('b.xmp.not')
    (tmp_path/'b.png.xmp').write_bytes(xmp(1))
    (tmp_path/'b.color.png.xmp').mkdir()
    assert colorize(tmp_path/'a.png')[::2] == (0, '')
    status, out, err = colorize(tmp_path/'b.png')
    assert (status, err.count('\n')) == (0, 1) and 'b.color.png.xmp' in err and (tmp_path/'b.color.png').exists()

def test_no_time_for_a_stream(colorize): assert colorize('-', '--keep-time')[0] == 2
