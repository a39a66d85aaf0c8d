#!/usr/bin/env bash
# Test the notebooks folder by folder: nbdev-test keeps the memory of all notebooks that it has run, 9 GB in the end.
export OMP_NUM_THREADS=1 # two workers that each use all cores are slower than one
status=0
for part in index.ipynb nbs/*.ipynb nbs/[a-z]*/; do
  echo "$part"
  nbdev-test "$part" --n-workers 2 || status=1
done
exit $status
