#!/usr/bin/env bash
# The whole pipeline within a budget of seconds, on all GPUs of a machine (without any: two processes on the CPU).
#
#   run.sh DATA WORK SECONDS [--call SECONDS] [--plan FILE]
#
# See README.md and tidar_train/pipeline.py, which does the work. Ended by a signal or by --call, the same command goes on.
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}"
exec python3 -m tidar_train.pipeline "$@"
