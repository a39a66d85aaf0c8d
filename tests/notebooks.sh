#!/usr/bin/env bash
# Test the notebooks folder by folder, two folders at once, the two longest first: one nbdev-test for all would keep
# the memory of every notebook that it has run, 9 GB in the end.
export OMP_NUM_THREADS=1 # two processes that each use all cores are slower than one
printf '%s\n' nbs/learn/ nbs/tutorials/ nbs/[a-z]*/ nbs/*.ipynb index.ipynb | awk '!seen[$0]++' |
  xargs -P 2 -I '{}' bash -c 'said=$(nbdev-test "{}" --n-workers 1 2>&1); status=$?; echo "{} $said"; exit $status'
