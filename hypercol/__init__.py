"Gray photograph in, color photograph out: VGG19 read as a hypercolumn, and a course that shows how."
import os

__version__ = '0.1.0'
__all__ = ['colorize', 'Colorizer']

# ONNX Runtime would write a device id into the user's cache folder and report to a server. It reads this when it is
# imported; to allow it, set the variable to 0.
os.environ.setdefault('ORT_DISABLE_TELEMETRY', '1')

def __getattr__(name): # numpy and onnxruntime are imported by the first use, not by `import hypercol`
    if name not in __all__: raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from .paint import colorizer
    return getattr(colorizer, name)

def __dir__(): return sorted([*globals(), *__all__])
