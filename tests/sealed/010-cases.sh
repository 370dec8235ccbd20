#!/bin/bash
# Each way to alter a sealed log is found and named, by both verifiers alike.
cd "$(dirname "$0")/../.." && exec python3 tests/sealed/cases.py
