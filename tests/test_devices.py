"""A device gives the CPU's colors, or its place is taken by the CPU and a line says so. This runs on whatever build of
ONNX Runtime is installed; in an environment with onnxruntime-openvino in place of onnxruntime, OpenVINO is tested."""
import numpy as np, onnxruntime, pytest
from hypercol import Colorizer
from hypercol.cli import run
from hypercol.core import PACKAGE
from hypercol.photo.read import read_photo

OFFERED = [p.removesuffix('ExecutionProvider').lower() for p in onnxruntime.get_available_providers()]
NIPOMO = PACKAGE/'sample'/'nipomo.jpg'

@pytest.mark.parametrize('device', sorted({*OFFERED, 'auto', 'cuda', 'openvino'} - {'azure'}))
def test_a_device_gives_the_colors_of_the_cpu(device, tmp_path, capfd):
    for name in ('cpu', device):
        assert run(['colorize', NIPOMO, '-o', tmp_path/f'{name}.png', '--size', 96, '--device', name]) == 0
        out, err = capfd.readouterr()
    cpu, other = (read_photo(tmp_path/f'{name}.png').rgb.astype(int) for name in ('cpu', device))
    assert np.abs(cpu - other).max() <= 2   # of 255
    assert err or device in (*OFFERED, 'auto')
    if err: assert err.count('\n') == 1 and 'the CPU is used' in err and (cpu == other).all(), err

@pytest.mark.skipif(OFFERED[-2:] != ['openvino', 'cpu'], reason='needs onnxruntime-openvino in place of onnxruntime')
def test_openvino_is_used():
    told = []
    network = Colorizer(device='auto', tell=told.append)
    assert network.session.get_providers()[0] == 'OpenVINOExecutionProvider' and not told

def test_an_unknown_device_is_an_error(tmp_path, capfd):
    assert run(['colorize', NIPOMO, '-o', tmp_path/'a.png', '--device', 'tpu']) == 2
    offers = ', '.join(['auto', *OFFERED])
    assert capfd.readouterr().err == \
        f'hypercol: device tpu: no such device; the installed ONNX Runtime offers: {offers}\n'
    assert not list(tmp_path.iterdir())
