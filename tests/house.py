"What the tests share: where the house stands, a copy of it to work in, the command as a process, and how a process is stopped."
import os, shutil, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).with_name('hypercol')
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

def contents(folder): # -> {path below the folder: bytes} of every file in it
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in Path(folder).rglob('*') if p.is_file()}

def stopped(
    command, # a list
    ready, # a function without arguments: is the process where it is to be stopped?
    sign, # a signal
    **options, # of Popen
): # -> exit status, stderr
    "Start a process, send it a signal once it is ready, and wait for its end."
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        while process.poll() is None and not ready(): time.sleep(.001)
        assert process.poll() is None, process.communicate()
        process.send_signal(sign)
        return process.wait(60), process.communicate()[1]
    finally: process.kill()
