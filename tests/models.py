"A model of three layers, with its own card: its output can be worked out by hand, and it runs in milliseconds."
import hashlib, json
from pathlib import Path
import numpy as np
from onnx import TensorProto, checker, helper, load, numpy_helper, save

def known_ab(
    x, # gray in 0..1, array
): # ...×2, in Lab units
    "The chroma that the tiny model gives to an even gray."
    return np.stack([30*x - 5, 20 - 15*x], -1)

def write_card(
    graph, # path of the model's ONNX file
    **more, # values of the card
)->Path: # of the card
    "Write a card that names the model's file and its sha256."
    files = {graph.name: hashlib.sha256(graph.read_bytes()).hexdigest()}
    card = dict(name=graph.stem, made='2000-01-01', minutes=0., photographs={'used': 0},
                terms={'code': 'Apache-2.0'}, files=files, **more)
    path = graph.with_suffix('.json')
    path.write_text(json.dumps(card), encoding='utf-8')
    return path

def tiny_model(
    folder:Path, name:str='tiny',
)->Path: # of NAME.onnx; its card NAME.json is beside it
    """Write a model of three layers: x, N×1×H×W gray in 0..1 -> ab, N×2×H/2×W/2 in Lab units.

    A 3×3 convolution gives x and 1 - x; a ReLU follows; a 2×2 convolution of stride 2 takes means, and mixes them to
    `known_ab`."""
    first = np.zeros((2, 1, 3, 3), np.float32)
    first[:, 0, 1, 1] = 1, -1
    second = np.zeros((2, 2, 2, 2), np.float32)
    second[0] = np.array([25, -5]).reshape(2, 1, 1)/4
    second[1] = np.array([5, 20]).reshape(2, 1, 1)/4
    weights = dict(first=first, bias=np.array([0, 1], np.float32), second=second)
    nodes = [helper.make_node('Conv', ['x', 'first', 'bias'], ['gray'], pads=[1]*4),
             helper.make_node('Relu', ['gray'], ['light']),
             helper.make_node('Conv', ['light', 'second'], ['ab'], strides=[2, 2])]
    def value(name, shape): return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    inputs, outputs = [value('x', ['N', 1, 'H', 'W'])], [value('ab', ['N', 2, 'h', 'w'])]
    initializers = [numpy_helper.from_array(v, k) for k, v in weights.items()]
    graph = helper.make_graph(nodes, 'tiny', inputs, outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=9)
    checker.check_model(model)
    path = folder/f'{name}.onnx'
    save(model, path)
    write_card(path)
    return path

def warm_model(
    folder:Path, name:str='warm',
)->Path: # of NAME.onnx; its card NAME.json is beside it
    "Write a model that takes a temperature, 0.5 by default: the chroma of `tiny_model`, divided by it."
    path = tiny_model(folder, name)
    model = load(path)
    model.graph.node[-1].output[0] = 'even'
    model.graph.node.append(helper.make_node('Div', ['even', 'temperature'], ['ab']))
    model.graph.input.append(helper.make_tensor_value_info('temperature', TensorProto.FLOAT, []))
    model.graph.initializer.append(numpy_helper.from_array(np.float32(.5), 'temperature'))
    checker.check_model(model)
    save(model, path)
    write_card(path, temperature=.5)
    return path
