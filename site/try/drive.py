"Use the built page in Chromium as a person does: for tests/test_try.py and compare.py."
import contextlib, threading
from pathlib import Path
from playwright.sync_api import sync_playwright
from serve import server

READY = "() => document.getElementById('machine').textContent"
DRAWN = "() => !document.getElementById('stage').hidden && !document.body.hasAttribute('aria-busy')"
FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync',
         '--disable-quic', '--no-first-run']
WAIT = 1_800_000 # milliseconds, since the machine may be busy

@contextlib.contextmanager
def served(folder:Path, isolated=False): # -> address, paths of all requests, the server
    "The page's folder, served."
    seen = []
    httpd = server(folder, isolated=isolated, seen=seen)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try: yield f'http://localhost:{httpd.server_port}/', seen, httpd
    finally:
        httpd.shutdown()
        httpd.server_close()

@contextlib.contextmanager
def browser(chromium, *flags):
    "Chromium without a window."
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags])
        try: yield started
        finally: started.close()

def visit(context, address): # -> the page, once its network is loaded
    "Open the page."
    page = context.new_page()
    page.set_default_timeout(WAIT)
    page.goto(address)
    page.wait_for_function(READY)
    page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")
    return page

def choose(page, *files):
    "Choose photographs, and wait until they are shown."
    page.set_input_files('#file', [str(f) for f in files])
    page.wait_for_timeout(50)
    page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")

def save(page, to:Path, format='PNG'):
    "Save the chosen photograph's result."
    page.select_option('#format', format, timeout=60_000)
    with page.expect_download() as download: page.click('#save')
    download.value.save_as(to)
    page.wait_for_function("() => !document.body.hasAttribute('aria-busy')")
