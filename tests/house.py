"What the tests share: the repository's place, a copy of it to work in, commands as processes, and how to stop one."
import os, shutil, signal, subprocess, sys, time
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMAND = Path(sys.executable).with_name('hypercol')
CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)

def copy_house(
    to, # a folder that does not exist yet
    *leave_out, # more names of files and folders, with wildcards
)->Path:
    "The working tree as a fresh clone would hold it, without environments and build products."
    names = ('.git', '.venv*', 'build', 'dist', '*.egg-info', '__pycache__', '.ipynb_checkpoints',
             '.pytest_cache', '.hypothesis', '*.color.*', 'node_modules', '_try', '_cleared', '_site')
    return Path(shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(*names, *leave_out)))

def run(*command, cwd, **environ): # -> CompletedProcess; the caller looks at its returncode
    "Run a command as in a fresh shell: no PYTHONPATH, no path of this process but PATH."
    env = {k: v for k, v in os.environ.items() if k not in ('PYTHONPATH', 'PYTHONHOME', 'VIRTUAL_ENV', 'IN_TEST')}
    return subprocess.run([str(c) for c in command], cwd=cwd, env={**env, **environ}, capture_output=True, text=True)

def run_well(*command, cwd, **environ): # -> stdout
    "Run a command as `run` does; the test fails if the command does."
    done = run(*command, cwd=cwd, **environ)
    assert done.returncode == 0, f'{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}'
    return done.stdout

def contents(folder): # -> {path below the folder: bytes}
    "All files of a folder and the folders in it, to compare before and after."
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in Path(folder).rglob('*') if p.is_file()}

def _start(command, **options):
    # A shell starts background jobs with SIGINT ignored (so do nohup and cron), and child processes inherit that:
    # an interrupted command would run to its end. They do not inherit a handler, so this process has one meanwhile.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    pipe = subprocess.PIPE
    try: return subprocess.Popen([str(c) for c in command], stdout=pipe, stderr=pipe, text=True, **options)
    finally: signal.signal(signal.SIGINT, before)

def stopped(
    command, # a list
    ready, # a function without arguments: has the process come to where it is to be stopped?
    sign, # a signal
    seconds=300, # to become ready
    **options, # of Popen
): # -> exit status, stdout, stderr
    "Start a process, send it a signal once it is ready, and wait for its end."
    process = _start(command, **options)
    end = time.time() + seconds
    try:
        while process.poll() is None and not ready():
            assert time.time() < end, f'not ready after {seconds} s'
            time.sleep(.0005)
        assert process.poll() is None, process.communicate()
        process.send_signal(sign)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err
    finally: process.kill()
