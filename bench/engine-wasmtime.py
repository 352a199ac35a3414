"""The opponent of bench/engine.js: SmartModules in wasmtime with fuel on, batch by batch.

A line {wasm, version, kind, input, init} on standard input (bytes in base64) makes an instance ready; it is answered
with an empty line. A line {seconds, records} then runs calls for so long, and is answered with the records per second of
CPU time. A call is: fill up fuel, `alloc`, write the input, the function, copy the output out of the guest.
"""

import base64
import importlib.metadata
import json
import sys
import time

import wasmtime

I32 = wasmtime.ValType.i32()


def prepare(engine, modules, case):
    store = wasmtime.Store(engine)
    store.set_wasi(wasmtime.WasiConfig())
    store.set_fuel(1 << 62)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    state = {"output": (0, 0)}

    def copy_records(pointer, length):
        state["output"] = (pointer & 0xFFFFFFFF, length & 0xFFFFFFFF)

    module = modules.get(case["wasm"])
    if module is None:
        module = modules[case["wasm"]] = wasmtime.Module(engine, base64.b64decode(case["wasm"]))
    for item in module.imports:
        if item.name == "copy_records":
            linker.define_func(item.module, item.name, wasmtime.FuncType([I32, I32], []), copy_records)
    exports = linker.instantiate(store, module).exports(store)
    alloc, memory, transform = exports["alloc"], exports["memory"], exports[case["kind"]]
    data = base64.b64decode(case["input"])
    init = exports.get("init")
    version = case["version"]

    def call(function, payload):
        store.set_fuel(1 << 62)
        pointer = alloc(store, len(payload))
        memory.write(store, payload, pointer)
        code = function(store, pointer, len(payload), version)
        start, length = state["output"]
        return code, memory.read(store, start, start + length)

    if init is not None:
        call(init, base64.b64decode(case["init"]))
    return lambda: call(transform, data)


def measure(run, seconds, records):
    calls = 0
    started = time.thread_time()
    elapsed = 0
    while elapsed < seconds:
        run()
        calls += 1
        elapsed = time.thread_time() - started
    return calls * records / elapsed


def main():
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    modules = {}
    run = None
    print(importlib.metadata.version("wasmtime"), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        if "wasm" in job:
            run = prepare(engine, modules, job)
            print(flush=True)
        else:
            print(measure(run, job["seconds"], job["records"]), flush=True)


main()
