#!/bin/bash
# The real recorder seals: through crashes, restarts, full disks, lost and copied keys.
cd "$(dirname "$0")/../.." && exec unshare -m python3 tests/sealed/recorder.py
