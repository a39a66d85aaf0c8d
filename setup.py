import re
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

here = Path(__file__).parent
ini = ConfigParser(delimiters=['='])
ini.read(here/'settings.ini', encoding='utf-8')
cfg = ini['DEFAULT']
extras = 'formats', 'cluster', 'train', 'widget', 'docs', 'dev'
formats, cluster, train, widget, docs, dev = (cfg[f'{extra}_requirements'].split() for extra in extras)

def without_files(text): # PyPI has none of the pictures and pages that README.md names
    text = re.sub(r'!\[[^\]]*\]\((?!http)[^)]*\)\n*', '', text)
    return re.sub(r'\[([^\]]+)\]\((?!http)[^)]*\)', r'\1', text)

setup(
    name=cfg['lib_name'],
    version=cfg['version'],
    description=cfg['description'],
    author=cfg['author'],
    keywords=cfg['keywords'].split(),
    classifiers=cfg['classifiers'].strip().splitlines(),
    license_expression=cfg['license'],
    license_files=['LICENSE', 'hypercol/weights/LICENSE'],
    long_description=without_files((here/'README.md').read_text(encoding='utf-8')),
    long_description_content_type='text/markdown',
    python_requires='>=' + cfg['min_python'],
    install_requires=cfg['requirements'].split(),
    extras_require=dict(formats=formats, cluster=cluster, train=train, widget=widget, course=train + widget,
                        docs=docs, dev=formats + cluster + train + widget + docs + dev),
    packages=find_packages(include=['hypercol', 'hypercol.*']),
    package_data=dict(hypercol=['weights/*', 'recipes/*.toml', 'sample/*', 'sets/*.tsv', 'static/**', 'py.typed',
                                '*.pyi']),
    entry_points=dict(console_scripts=['hypercol = hypercol.cli:main'], nbdev=['hypercol = hypercol._modidx:d']),
)
