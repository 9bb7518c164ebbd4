"""Measures fastavro from and into dictionaries.

The input is a schema in one line, then messages in hexadecimal digits; the output are the nanoseconds of CPU time that a
message takes, to be written and to be read.
"""

import io
import json
import sys
import time

import fastavro

PASSES = 5


def write(record):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, record)
    return out.getvalue()


def read(message):
    return fastavro.schemaless_reader(io.BytesIO(message), schema)


def measured(work, inputs):
    before = time.process_time_ns()
    for _ in range(PASSES):
        for given in inputs:
            work(given)
    return (time.process_time_ns() - before) / (PASSES * len(inputs))


lines = sys.stdin.read().splitlines()
schema = fastavro.parse_schema(json.loads(lines[0]))
messages = [bytes.fromhex(line) for line in lines[1:]]
records = [read(message) for message in messages]
print("encode", measured(write, records))
print("decode", measured(read, messages))
