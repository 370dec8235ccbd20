#!/bin/bash
# Random changes of a sealed log are all found, untouched logs are all found to be well.
cd "$(dirname "$0")/../.." && exec python3 tests/sealed/mutations.py --count 300 --untouched 40
