# What type checkers read of `import hypercol`; __init__.py loads the names when they are first used.
from os import PathLike
from pathlib import Path
from typing import Any, Sequence, overload
from numpy.typing import NDArray
from PIL.Image import Image
from .paint.card import Card
from .paint.colorizer import Colorizer as Colorizer
from .paint.settings import Reference, Touch

__version__: str
__all__ = ['colorize', 'Colorizer']

@overload
def colorize(picture: Image, model: str | Path | Card = ..., *, size: int | str = ..., saturation: float = ...,
             temperature: float | None = ..., touches: Sequence[Touch | str] = ...,
             reference: Reference | str | Path | None = ..., variant: int = ...) -> Image: ...
@overload
def colorize(picture: str | PathLike[str] | NDArray[Any], model: str | Path | Card = ..., *, size: int | str = ...,
             saturation: float = ..., temperature: float | None = ..., touches: Sequence[Touch | str] = ...,
             reference: Reference | str | Path | None = ..., variant: int = ...) -> NDArray[Any]: ...
