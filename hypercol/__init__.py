"Gray photograph in, color photograph out: VGG19 read as a hypercolumn, and a course that shows how."
__version__ = '0.1.0'
__all__ = ['colorize', 'Colorizer']

def __getattr__(name): # numpy and onnxruntime are imported by the first use, not by `import hypercol`
    if name not in __all__: raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from .paint import colorizer
    return getattr(colorizer, name)

def __dir__(): return sorted([*globals(), *__all__])
