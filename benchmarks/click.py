"""From click to picture: python benchmarks/click.py [CLICKS]

Opens the playground under Voila in Chromium, gives a place of the shipped sample one color after the other, and
measures in the page how long it takes from the click on a swatch to the new picture. Prints the shortest and the
median time, the size of what the network saw, and the load of the machine; tests/test_touches.py holds the processor
time of the same work below a bound. Let nothing else run meanwhile."""
import json, os, statistics, sys, tempfile, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT/'tests')]
from playwright.sync_api import sync_playwright
from house import CHROMIUM
from hypercol.core import cores, processor
from hypercol.paint.settings import AUTO_SIZE
from test_browser import PLAYGROUND, server
from test_click import GIVE, TIMED, fresh, swatch

def main(clicks=20):
    options = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
    with (tempfile.TemporaryDirectory() as folder, server(Path(folder), *PLAYGROUND) as address,
          sync_playwright() as p, p.chromium.launch(executable_path=CHROMIUM, args=options) as browser):
        page = browser.new_page(viewport=dict(width=1280, height=900))
        page.set_default_timeout(120_000)
        page.goto(f'{address}/')
        app = page.locator('.hypercol-app')
        app.get_by_role('button', name=GIVE).click()
        page.wait_for_function("document.querySelectorAll('.hypercol-live img')[1].naturalWidth > 0")
        app.locator('.hypercol-layer').click(position=dict(x=150, y=150))
        fresh(app).first.wait_for()
        swatch(app, 0).click()   # the first touch compares all places, once
        page.wait_for_timeout(3000)
        times, before = [], os.getloadavg()[0]
        for n in range(clicks):
            times.append(page.evaluate(TIMED, swatch(app, 1 + n % 11).element_handle()))
            page.wait_for_timeout(300)
    print(json.dumps(dict(
        clicks=clicks, shortest=round(min(times)), median=round(statistics.median(times)), unit='ms', size=AUTO_SIZE,
        load=[round(before, 1), round(os.getloadavg()[0], 1)], cores=cores(), processor=processor(),
        date=time.strftime('%Y-%m-%d')), indent=1))

if __name__ == '__main__': main(*map(int, sys.argv[1:]))
