"What leaves the repository: workflows, types, and what only other systems do."
import dataclasses, os, re, sys, time
from pathlib import Path
from hypercol.paint import folders
from hypercol.paint.settings import Settings
from house import ROOT, run_well

BIN = Path(sys.executable).parent

def test_workflows_are_valid():
    workflows = sorted((ROOT/'.github'/'workflows').glob('*.yml'))
    assert len(workflows) == 3
    run_well(BIN/'check-jsonschema', '--builtin-schema', 'vendor.github-workflows', *workflows, cwd=ROOT)

def test_the_types_name_each_setting():
    stub = (ROOT/'hypercol'/'__init__.pyi').read_text(encoding='utf-8')
    for call in re.findall(r'def colorize\((.*?)\) ->', stub, re.S):
        named = re.findall(r'(\w+):', call.split('*,')[1])
        assert named == [f.name for f in dataclasses.fields(Settings) if f.name != 'quality'] # which files have

def test_windows_sweeps_old_temporary_files(tmp_path, monkeypatch): # there are no locks there
    monkeypatch.setattr(folders, 'fcntl', None)
    old, new, other = (tmp_path/name for name in ('.a.jpg.hypercol-tmp', '.b.jpg.hypercol-tmp', '.c.txt.hypercol-tmp'))
    for path in (old, new, other): path.touch()
    for path in (old, other): os.utime(path, (time.time() - 3600,)*2)
    folders.sweep([tmp_path])
    assert sorted(tmp_path.iterdir()) == [new, other]
