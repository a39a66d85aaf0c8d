"What ends the build of the site, on a house of a few made-up pages."
import base64, io, sys
import nbformat, pytest
from PIL import Image
from house import ROOT

sys.path.append(str(ROOT/'site'/'docs'))
import make_site, site_pages

def picture(): # an output
    file = io.BytesIO()
    Image.new('RGB', (8, 8), 'red').save(file, 'JPEG')
    jpeg = base64.b64encode(file.getvalue()).decode()
    return nbformat.v4.new_output('display_data', {'image/jpeg': jpeg, 'text/plain': 'a picture'})

def write_notebook(path, *cells): # each a str of Markdown or (code, outputs)
    path.parent.mkdir(parents=True, exist_ok=True)
    v4 = nbformat.v4
    made = [v4.new_markdown_cell(c) if isinstance(c, str) else v4.new_code_cell(c[0], outputs=c[1]) for c in cells]
    nbformat.write(v4.new_notebook(cells=made), path)

@pytest.fixture
def house(tmp_path, monkeypatch):
    "A folder with as few pages as a site has."
    monkeypatch.setattr(site_pages, 'ROOT', tmp_path)
    monkeypatch.setattr(make_site, 'ROOT', tmp_path)
    write_notebook(tmp_path/'index.ipynb', '# Home\n\nA promise.\n\n## The course',
                   '[One](nbs/tutorials/01_one.ipynb)', '## How well\n\nWell.')
    write_notebook(tmp_path/'nbs'/'gallery.ipynb', '# Gallery',
                   ('#| fig-alt: a red\n#| fig-alt: square\nx', [picture()]))
    write_notebook(tmp_path/'nbs'/'tutorials'/'01_one.ipynb', '# One', 'A formula: $a_1 * b_1$.', '## Code',
                   ('from hypercol.photo.color import lightness\nlightness(rgb)', []))
    write_notebook(tmp_path/'nbs'/'photo'/'00_color.ipynb', '# Color', ('#| default_exp photo.color', []),
                   ('#| export\ndef lightness(rgb):\n    "L of a picture. 0 to 100."', []))
    for name in ('docs/library.md', 'docs/cite.md', 'MODEL_CARD.md'):
        (tmp_path/name).parent.mkdir(exist_ok=True)
        (tmp_path/name).write_text('# A text\n', encoding='utf-8')
    return tmp_path

def built(house):
    make_site.build(house/'_site', house/'_try')
    return house/'_site'

def error(house):
    with pytest.raises(site_pages.SiteError) as e: built(house)
    assert not (house/'_site').exists()
    return str(e.value)

def test_builds_pages_with_pictures_formulas_and_links_to_definitions(house):
    site = built(house)
    gallery, one = (site/page for page in ('gallery.html', 'course/01_one.html'))
    text = gallery.read_text(encoding='utf-8')
    assert '<img src="gallery_1_0.jpg" alt="a red square">' in text
    assert '<a href="files/nbs/gallery.ipynb">nbs/gallery.ipynb</a>' in text # each figure leads to its notebook
    text = one.read_text(encoding='utf-8')
    assert '<math' in text and '<em>' not in text
    assert '<a class="name" href="../photo/00_color.html#hypercol.photo.color.lightness">' in text
    assert '.venv/bin/jupyter lab nbs/tutorials/01_one.ipynb' in text
    assert (site/'files/nbs/tutorials/01_one.ipynb').read_bytes() == (house/'nbs/tutorials/01_one.ipynb').read_bytes()
    names = (site/'names.html').read_text(encoding='utf-8')
    assert 'L of a picture.' in names and '0 to 100' not in names

def test_a_link_to_a_folder_leads_to_a_list_of_its_files(house):
    (house/'nbs'/'tutorials'/'solutions').mkdir()
    (house/'nbs'/'tutorials'/'solutions'/'01_one.py').write_text('print(1)', encoding='utf-8')
    write_notebook(house/'nbs'/'tutorials'/'02_two.ipynb', '# Two', '[answers](solutions)')
    site = built(house)
    two = (site/'course'/'02_two.html').read_text(encoding='utf-8')
    assert 'href="../files/nbs/tutorials/solutions/index.html"' in two
    assert (site/'files/nbs/tutorials/solutions/01_one.py').read_text(encoding='utf-8') == 'print(1)'

def test_a_link_to_a_file_that_is_gone_ends_the_build(house):
    (house/'docs'/'cite.md').write_text('# Cite\n\n[gone](gone.md)\n', encoding='utf-8')
    assert error(house) == 'docs/cite.md: links to gone.md, which does not exist'

def test_a_link_to_a_heading_that_is_gone_ends_the_build(house):
    write_notebook(house/'nbs'/'tutorials'/'02_two.ipynb', '# Two',
                   '[code](01_one.ipynb#code), [gone](01_one.ipynb#gone)')
    assert error(house) == 'course/02_two.html: the link 01_one.html#gone names a place that the page does not have'

def test_a_figure_without_alternative_text_ends_the_build(house):
    write_notebook(house/'nbs'/'tutorials'/'02_two.ipynb', '# Two', ('#| slow\ndraw(2)', [picture()]))
    assert error(house) == ('nbs/tutorials/02_two.ipynb: the figure of the cell that begins with `draw(2)` has no '
                            'alternative text; add a line `#| fig-alt: what it shows` to the cell')

def test_an_output_whose_html_has_no_alternative_text_ends_the_build(house):
    html = nbformat.v4.new_output('display_data', {'text/html': '<div><img src="data:,"></div>', 'text/plain': ''})
    write_notebook(house/'nbs'/'tutorials'/'02_two.ipynb', '# Two', ('draw()', [html]))
    assert error(house) == 'course/02_two.html: the picture data:, has no alternative text'

def test_a_notebook_without_a_place_ends_the_build(house):
    write_notebook(house/'nbs'/'new'/'00_new.ipynb', '# New')
    assert error(house).startswith('nbs/new/00_new.ipynb: the navigation has no place for this notebook')
