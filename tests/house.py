"What the tests of the house share: where it stands, and a copy of it to work in."
import os, shutil, subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)

def copy_house(
    to, # a folder that does not exist yet
    *leave_out, # more names of files and folders, with wildcards
)->Path: # the working tree as a fresh clone would hold it, without environments and build products
    names = ('.git', '.venv*', 'build', 'dist', '*.egg-info', '__pycache__', '.ipynb_checkpoints', '.pytest_cache',
             '.hypothesis', '*.color.*')
    return Path(shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*names, *leave_out)))

def run(*command, cwd, **environ): # -> CompletedProcess; the caller looks at its returncode
    "Run a command as in a fresh shell: no PYTHONPATH, no path of this process but PATH."
    env = {k: v for k, v in os.environ.items() if k not in ('PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV', 'IN_TEST')}
    return subprocess.run([str(c) for c in command], cwd=cwd, env={**env, **environ}, capture_output=True, text=True)

def run_well(*command, cwd, **environ): # -> stdout
    done = run(*command, cwd=cwd, **environ)
    assert done.returncode == 0, f'{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}'
    return done.stdout
