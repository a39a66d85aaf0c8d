import signal
import pytest
from hypercol.cli import main
from models import tiny_model

@pytest.fixture(scope='session')
def model(tmp_path_factory): return tiny_model(tmp_path_factory.mktemp('model'))

@pytest.fixture
def colorize(model, capfd): # file descriptors, because ONNX Runtime and libvips write past sys.stderr
    "Runs the command in this process; -> exit status, stdout, stderr."
    before = signal.getsignal(signal.SIGTERM)
    def call(*args, model=model):
        try: status = main(['colorize', *map(str, args), '--model', str(model)])
        except SystemExit as end: status = end.code
        return status, *capfd.readouterr()
    yield call
    signal.signal(signal.SIGTERM, before)
