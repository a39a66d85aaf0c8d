"""Two workers of a local Dask scheduler colorize a folder of files of all kinds; one worker is killed in the middle,
and then the command itself. This needs the extra `cluster`. FILES says how many files, as for test_folders.py."""
import os, signal, subprocess, sys
import pytest
from hypercol.cli import run
from house import COMMAND, contents, stopped
from test_folders import FILES, as_expected, command, fill, finished, rows, statuses, to_the_end

pytestmark = pytest.mark.skipif(sys.platform == 'win32', reason='needs SIGKILL, FIFOs and links')

@pytest.fixture(scope='module')
def workers():
    distributed = pytest.importorskip('distributed')
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster: yield cluster

def on_cluster(cluster, model, sources, results):
    line = [*map(str, command(model, sources, results, '--scheduler', cluster.scheduler_address))]
    at = line.index('--jobs')
    return line[:at] + line[at + 2:]

def same(results, whole, expected):
    made, others = contents(results), contents(whole)
    assert sorted(made) == sorted(others)   # temporaries are gone too
    assert [n for n in made if made[n] != others[n]] == []
    assert statuses(rows(results.with_suffix('.jsonl'))) == as_expected(expected)   # each file once

def test_a_worker_is_killed_and_the_command_too(workers, model, tmp_path):
    sources, whole, results, again = (tmp_path/n for n in ('sources', 'whole', 'results', 'again'))
    expected = fill(sources, tmp_path/'outside', FILES)
    to_the_end(model, sources, whole, expected)

    process = subprocess.Popen(on_cluster(workers, model, sources, results), stderr=subprocess.PIPE, text=True)
    while len(finished(results)) < FILES//5 and process.poll() is None: pass
    victim = min(workers.workers.values(), key=lambda nanny: nanny.pid).pid
    os.kill(victim, signal.SIGKILL)
    err = process.communicate(timeout=600)[1]
    assert process.returncode == 1, err   # the broken files are listed, and all others are colorized
    assert victim not in {nanny.pid for nanny in workers.workers.values()}   # it was at work, and has a successor
    failed = [row['source'] for row in rows(results.with_suffix('.jsonl')) if row['status'] == 'failed']
    for source in failed: assert f'hypercol: {source}: ' in err
    same(results, whole, expected)

    line = on_cluster(workers, model, sources, again)
    stopped(line, lambda: len(finished(again)) > FILES//5, signal.SIGKILL)
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 1 and 'by an earlier run' in done.stdout, done.stderr
    same(again, whole, expected)

@pytest.mark.parametrize('sign, status', [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_command_leaves_nothing_half(workers, model, tmp_path, sign, status):
    fill(tmp_path/'sources', tmp_path/'outside', 60)
    results = tmp_path/'results'
    line = on_cluster(workers, model, tmp_path/'sources', results)
    code, out, err = stopped(line, lambda: len(finished(results)) > 5, sign)
    assert (code, err) == (status, '')

def test_an_address_without_a_scheduler(tmp_path, capfd):
    pytest.importorskip('distributed')
    (tmp_path/'a.jpg').touch()
    assert run(['colorize', tmp_path, '-o', tmp_path/'out', '--scheduler', 'nonsense://x']) == 2
    assert run(['colorize', tmp_path, '-o', tmp_path/'out', '--scheduler', 'tcp://x', '--jobs', 2]) == 2
    err = capfd.readouterr().err
    assert err.count('\n') == 2 and 'no Dask scheduler' in err and '--jobs is for this machine' in err
