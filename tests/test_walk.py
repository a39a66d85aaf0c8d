"What a file is, its content says; what is passed over is said; --quality and --only-gray."
import json, os, subprocess, sys
from pathlib import Path
import numpy as np, pytest
from PIL import Image
from house import COMMAND, contents
from kinds import KINDS, color, exif, exif_segment, gray, pillow, png, pnm, tiff, u8, with_segments
from readers import read_result
from test_contract import give_up_permissions
from hypercol.photo.formats import format_named
from hypercol.photo.read import Photo
from hypercol.photo.tint import is_gray
from hypercol.photo.write import read_mark

def jpeg(seed=0): return pillow(u8(gray(seed=seed)), 'JPEG', quality=90)

def reported(path): # -> {name: (status, reason, notes)}
    rows = map(json.loads, path.read_text().splitlines())
    return {Path(r['source']).name: (r['status'], r['reason'], r.get('notes', [])) for r in rows}


# Content decides

CONTENT = {'JPEG': jpeg(), 'PNG': png(u8(gray())), 'TIFF': tiff([u8(gray())]),
           'WEBP': pillow(u8(color()), 'WEBP'), 'BMP': pillow(u8(gray()), 'BMP'), 'PPM': pnm(u8(gray())),
           'AVIF': pillow(u8(color()), 'AVIF')}
TRUE = dict(JPEG='.jpg', PNG='.png', TIFF='.tif', WEBP='.webp', BMP='.png', PPM='.png', AVIF='.avif')

@pytest.mark.parametrize('name,stem', [('photo', 'photo'), ('a.jfif', 'a'), ('a.JFIF', 'a'), ('IMG_1.HEIC', 'IMG_1'),
    ('a.gif', 'a'), ('a.psd', 'a'), ('a.bmp', 'a'), ('a.mpo', 'a'), ('scan.1998', 'scan.1998'),
    ('Mr. Smith', 'Mr. Smith'), ('a.jpg.bak', 'a.jpg.bak'), ('a.txt', 'a.txt')])
@pytest.mark.parametrize('kind', CONTENT)
def test_a_name_says_nothing(colorize, tmp_path, name, stem, kind): # alone and in a folder
    folder, results = tmp_path/'in', tmp_path/'out'
    folder.mkdir()
    (folder/name).write_bytes(CONTENT[kind])
    expected = f'{stem}{TRUE[kind]}'
    assert colorize(folder/name)[::2] == (0, '')
    assert colorize(folder, '-o', results)[::2] == (0, '')
    assert sorted(contents(results)) == [expected]
    assert read_result(results/expected).format == dict(BMP='PNG', PPM='PNG').get(kind, kind)
    assert (folder/f'{stem}.color{TRUE[kind]}').read_bytes() == (results/expected).read_bytes()

@pytest.mark.parametrize('suffix,kind', [('.JPG', 'JPEG'), ('.jpe', 'JPEG'), ('.Jpeg', 'JPEG'), ('.TIFF', 'TIFF')])
def test_a_name_that_is_right_is_kept(colorize, tmp_path, suffix, kind):
    (tmp_path/f'a{suffix}').write_bytes(CONTENT[kind])
    assert colorize(tmp_path/f'a{suffix}', '-o', f'{tmp_path}/out/')[::2] == (0, '')
    assert sorted(contents(tmp_path/'out')) == [f'a{suffix}']

def test_true_names_that_collide(colorize, tmp_path):
    for name in ('a.jpg', 'a.heic'): (tmp_path/name).write_bytes(jpeg())
    before = contents(tmp_path)
    status, out, err = colorize(tmp_path, '-o', tmp_path/'out')
    assert (status, out, err.count('\n'), contents(tmp_path)) == (2, '', 1, before) and 'rename one' in err


# Passed over, unreadable, vanished

@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs and links')
def test_each_file_is_accounted_for(colorize, tmp_path):
    folder, outside = tmp_path/'in', tmp_path/'outside'
    for path in (folder/'a folder.jpg', folder/'.cache', outside): path.mkdir(parents=True)
    for path in ('in/a.jpg', 'in/a folder.jpg/b.png', 'in/.cache/x.jpg', 'in/.x.jpg', 'outside/z.jpg'):
        (tmp_path/path).write_bytes(jpeg())
    for name in ('notes.txt', 'a.xmp', 'empty', 'empty.tif'): (folder/name).write_bytes(b'')
    (folder/'letter.png').write_text('Dear diary')
    (folder/'film.mov').write_bytes(b'\0\0\0\x14ftypqt  ' + bytes(100))
    for name, target in (('album', outside), ('round', folder), ('self', 'self'), ('gone', 'nowhere'),
                         ('gone.tif', 'nowhere'), ('self.jpg', 'self.jpg'),
                         ('linked.jpg', outside/'z.jpg')): (folder/name).symlink_to(target)
    for name in ('pipe', 'pipe.jpg'): os.mkfifo(folder/name)
    status, out, err = colorize(folder, '-o', tmp_path/'out', '--report', tmp_path/'report')
    assert status == 1 and sorted(contents(tmp_path/'out')) == ['a folder.jpg/b.jpg', 'a.jpg', 'a.xmp',
                                                                   'linked.jpg']
    assert out == ('3 of 7 photographs colorized\npassed over: a video (1), hidden (2), link that leads nowhere (2), '
                   'link to a folder (2), not a picture (2), pipe, device or socket (2)\n')
    rows = reported(tmp_path/'report')
    assert rows.keys() == {p.name for p in folder.rglob('*')} - {'a folder.jpg', 'x.jpg'}
    failed = {name for name, row in rows.items() if row[0] == 'failed'}
    lines = err.splitlines()
    assert failed == {'empty.tif', 'letter.png', 'gone.tif', 'self.jpg'}
    one_each = failed | {'album', 'round', 'self', 'gone', 'pipe', 'pipe.jpg'}
    for name in one_each: assert sum(line.startswith(f'hypercol: {folder/name}: ') for line in lines) == 1, err
    assert len(lines) == len(one_each)
    assert rows['a.xmp'] == ('passed over', 'sidecar', [])
    assert colorize(folder/'album', '-o', tmp_path/'album')[::2] == (0, '') # a link that is named is followed
    assert sorted(contents(tmp_path/'album')) == ['z.jpg']

@pytest.mark.skipif(format_named('HEIF').readable, reason='the extra is installed')
def test_many_photographs_without_their_library_are_one_line(colorize, tmp_path):
    folder, extra = tmp_path/'in', "needs more libraries: pip install 'hypercol[formats]'"
    folder.mkdir()
    for name in ('1.heic', '2.HEIC', '3'): (folder/name).write_bytes(b'\0\0\0\x18ftypheic' + bytes(90))
    for name in ('a.gif', 'b.GIF'): (folder/name).write_bytes(b'GIF89a')
    assert colorize(folder) == (2, '', f'hypercol: HEIC (3 files) {extra}\n')
    (folder/'a.jpg').write_bytes(jpeg())
    told = '1 of 1 photographs colorized\npassed over: HEIC (3), a GIF picture (2)\n'
    assert colorize(folder, '--report', tmp_path/'report') == (0, told, f'hypercol: HEIC (3 files) {extra}\n')
    assert {name: row[1] for name, row in reported(tmp_path/'report').items() if row[0] == 'passed over'} == {
        '1.heic': 'HEIC', '2.HEIC': 'HEIC', '3': 'HEIC', 'a.gif': 'a GIF picture', 'b.GIF': 'a GIF picture'}

@pytest.mark.skipif(sys.platform != 'linux', reason='needs permissions')
def test_what_cannot_be_read_is_a_line(model, tmp_path):
    folder = tmp_path/'in'
    for name in ('lost+found', 'no entry/deep', 'closed/deep'): (folder/name).mkdir(parents=True)
    for name in ('a.jpg', 'locked.jpg', 'locked', 'no entry/b.jpg', 'closed/c.jpg'): (folder/name).write_bytes(jpeg())
    modes = {'lost+found': 0, 'locked.jpg': 0, 'locked': 0, 'no entry': 0o444, 'closed': 0}
    for name, mode in modes.items(): (folder/name).chmod(mode)
    command = [COMMAND, 'colorize', folder, '-o', tmp_path/'out', '--model', model]
    try: done = subprocess.run(command, capture_output=True, text=True, preexec_fn=give_up_permissions)
    finally:
        for name in modes: (folder/name).chmod(0o755)
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and sorted(contents(tmp_path/'out')) == ['a.jpg']
    for name in ('lost+found', 'locked.jpg', 'locked', 'no entry/b.jpg', 'closed'):
        assert f'hypercol: {folder/name}: Permission denied' in lines, done.stderr
    assert done.stdout.splitlines() == ['1 of 3 photographs colorized']

def test_a_folder_that_cannot_be_read_alone(colorize, tmp_path):
    (tmp_path/'in').mkdir()
    (tmp_path/'in'/'notes').write_text('none')
    status, out, err = colorize(tmp_path/'in', '-o', tmp_path/'out')
    assert (status, out, err) == (2, '', f"hypercol: {tmp_path/'in'}: no photographs found\n")

@pytest.mark.parametrize('name', ['a.jpg', 'b', 'c.tif'])
def test_a_file_that_vanishes_during_the_run(colorize, tmp_path, monkeypatch, name): # between the plan and its turn
    import hypercol.paint.folders as folders
    (tmp_path/'in').mkdir()
    for other in ('a.jpg', 'b', 'c.tif', 'd.jpg'): (tmp_path/'in'/other).write_bytes(jpeg())
    colorize_one = folders.colorize_one
    def after(source, *args, **named):
        (tmp_path/'in'/name).unlink(missing_ok=True)
        return colorize_one(source, *args, **named)
    monkeypatch.setattr(folders, 'colorize_one', after)
    status, out, err = colorize(tmp_path/'in', '-o', tmp_path/'out', '--jobs', 1, '--report', tmp_path/'report')
    assert (status, err) == (1, f"hypercol: {tmp_path/'in'/name}: No such file or directory\n")
    assert out == '3 of 4 photographs colorized\n' and reported(tmp_path/'report')[name][0] == 'failed'


# --quality

@pytest.mark.parametrize('suffix', ['jpg', 'webp', 'jpe', 'avif'])
def test_quality(colorize, tmp_path, suffix):
    (tmp_path/'a.png').write_bytes(png(u8(color(200, 300))))
    sizes = []
    for quality in (1, 40, 90, 100, None):
        options = ['--quality', quality] if quality else []
        result = tmp_path/f'{quality}.{suffix}'
        assert colorize(tmp_path/'a.png', '-o', result, *options) == (0, f'{result}\n', '')
        assert (f', quality {quality}, source' in read_mark(result)) == (quality is not None)
        sizes.append(result.stat().st_size)
        assert read_result(result).pages[0].shape == (200, 300, 3)
    assert sizes[:4] == sorted(sizes[:4])
    again = colorize(tmp_path/'a.png', '-o', tmp_path/f'40.{suffix}', '--quality', 41)
    assert again[:2] == (0, '') and 'other settings' in again[2]

@pytest.mark.parametrize('name', ['a.png', 'a.tif', 'a.bmp', 'a.pgm'])
def test_quality_that_means_nothing(colorize, tmp_path, name):
    (tmp_path/name).write_bytes(KINDS['gray.' + name[2:]].data)
    (tmp_path/'b.jpg').write_bytes(jpeg())
    before = contents(tmp_path)
    for sources in ([tmp_path/name], [tmp_path], [tmp_path/name, tmp_path/'b.jpg']):
        status, out, err = colorize(*sources, '--quality', 80)
        assert (status, out, err.count('\n')) == (2, '', 1) and '--quality' in err and contents(tmp_path) == before
    assert colorize(tmp_path, '-o', tmp_path/'out', '--format', 'jpg', '--quality', 80)[::2] == (0, '')

def test_quality_of_what_is_no_file(model):
    from hypercol.paint.colorizer import Colorizer, colorize
    picture = u8(color())
    for call in (lambda: colorize(picture, model, quality=80), lambda: Colorizer(model)(picture, quality=80),
                 lambda: colorize(Image.fromarray(picture), model, quality=80)):
        with pytest.raises(ValueError, match='quality'): call()


# --only-gray

def tinted(light): # the tone of paper and of the darkest ink, from the smooth gradient `gray`
    g = gray(90, 120)[..., None]
    return u8(np.float32([.1, .05, .02])*(1 - g) + np.float32(light)*g)

GRAYS = {'gray.jpg': jpeg(), 'sepia.png': png(tinted([1, .93, .75])), 'cyanotype.tif': tiff([tinted([.8, .95, 1])]),
         'sepia.jpg': pillow(tinted([1, .9, .7]), 'JPEG', quality=60),
         'gray in color.webp': pillow(u8(color()[..., [1]*3]), 'WEBP')}
COLORS = {'color.jpg': with_segments(pillow(u8(color(90, 120)), 'JPEG', quality=92), exif_segment(exif(6))),
          'color.png': png(u8(color(90, 120))), 'more colors.bmp': pillow(u8(color(90, 120)), 'BMP'),
          'one page in color.tif': tiff([u8(gray()), u8(color(90, 120))])}

def test_only_gray(colorize, tmp_path):
    (tmp_path/'in').mkdir()
    for name, data in (GRAYS | COLORS).items(): (tmp_path/'in'/name).write_bytes(data)
    for before in ('', ', 5 of them by an earlier run'):
        status, out, err = colorize(tmp_path/'in', '-o', tmp_path/'out', '--only-gray', '--report', tmp_path/'report')
        assert (status, err) == (0, '')
        assert out == f'5 of 9 photographs colorized{before}\nleft alone, because they have colors of their own: 4\n'
        assert {name for name, row in reported(tmp_path/'report').items() if row[0] == 'color'} == COLORS.keys()
    assert sorted(contents(tmp_path/'out')) == sorted(GRAYS)
    source = tmp_path/'in'/'color.png'
    status, out, err = colorize(source, '--only-gray')
    assert (status, out, err) == (0, '', f'hypercol: {source}: has colors of its own and was left alone\n')
    assert colorize(tmp_path/'in', '-o', tmp_path/'out')[::2] == (0, '') # asks for the rest
    assert len(contents(tmp_path/'out')) == 9

def test_colors_of_equal_lightness_are_no_tint():
    def page(rgb): return Photo.from_array(rgb).pages[0]
    light = np.random.default_rng(0).integers(-50, 50, (64, 64, 1))
    stripes = np.where(np.arange(64)[:, None] < 32, (150, 100, 100), (80, 120, 130)) + light
    stripes = stripes.astype(np.uint8)
    assert not is_gray(page(stripes)) and is_gray(page(stripes[:, :32]))
    for shape in ((1, 1), (1, 900), (3, 2), (700, 5)):
        assert is_gray(page(np.full((*shape, 3), (90, 70, 40), np.uint8)))

def test_only_gray_and_a_stream(colorize, tmp_path, monkeypatch):
    status, out, err = colorize('-', '--only-gray')
    assert (status, out, err.count('\n')) == (2, '', 1) and '--only-gray' in err


# What the help says

@pytest.mark.parametrize('command', ['colorize', 'train', 'evaluate'])
def test_statuses_and_ranges_in_the_help(command, capfd):
    from hypercol.cli import run
    assert run([command, '--help']) == 0
    text = ' '.join(capfd.readouterr().out.split())
    assert 'exit status: 0' in text and '130' in text
    ranges = dict(colorize=['32 to 2048', '0 to 10', '1 to 256', '1 to 100', 'below 1,000,000'],
                  train=['0 or more', '0 to 2**63 - 1'], evaluate=['0 to 10', '1 to 1000'])
    for limits in ranges[command]: assert limits in text

@pytest.mark.parametrize('options', [['--minutes', '-1'], ['--minutes', 'nan'], ['--minutes', 'soon'],
                                     ['--seed', '-1']])
def test_numbers_of_a_training(options, capfd):
    from hypercol.cli import run
    assert run(['train', '--recipe', 'smoke', '--data', 'x', '--out', 'y', *options]) == 2
    assert f'{options[0]}: expected' in capfd.readouterr().err
