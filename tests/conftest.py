import signal
import pytest
from hypercol.cli import run
from house import CHROMIUM
from models import tiny_model

# A shell starts its background jobs, nohup and cron with SIGINT ignored, which a process hands on to those that it starts: the tests
# of interrupted processes would wait for ever. A handler, which is not handed on, gives them back the usual behavior.
signal.signal(signal.SIGINT, signal.default_int_handler)

@pytest.fixture(scope='session')
def model(tmp_path_factory): return tiny_model(tmp_path_factory.mktemp('model'))

@pytest.fixture
def colorize(model, capfd): # file descriptors, because ONNX Runtime and libvips write past sys.stderr
    "Runs the command in this process; -> exit status, stdout, stderr."
    def call(*args, model=model): return run(['colorize', *args, '--model', model]), *capfd.readouterr()
    return call

@pytest.fixture(scope='module')
def chromium():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox', '--disable-gpu', '--disable-background-networking'])
        yield browser
        browser.close()
