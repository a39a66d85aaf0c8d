import pytest
from hypercol.cli import run
from house import CHROMIUM
from models import tiny_model

@pytest.fixture(scope='session')
def model(tmp_path_factory): return tiny_model(tmp_path_factory.mktemp('model'))

@pytest.fixture
def colorize(model, capfd): # capfd, not capsys, because ONNX Runtime and libvips write past sys.stderr
    "A function that runs the command in this process; -> exit status, stdout, stderr."
    def call(*args, model=model): return run(['colorize', *args, '--model', model]), *capfd.readouterr()
    return call

@pytest.fixture(scope='module')
def chromium():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        options = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
        browser = p.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()
