"""Runs SmartModules in wasmtime with fuel on, as an SPU does, and prints what each call used.

Reads one JSON document from standard input: a list of {wasm, version, limit, memory_limit, fixed_random, calls:
[{name, input}]} with bytes in base64. Prints a list of the same length: {build_error} or {calls: [{fuel, code, trap}]},
in order. Every call is `alloc`, writing the input, and the function; fuel is filled up before it. A call named in
`optional` that the module does not export is left out. With `fixed_random`, random bytes are the same ones every time.
"""

import base64
import json
import os
import sys

import wasmtime

I32 = wasmtime.ValType.i32()
WASI = ("wasi_snapshot_preview1", "wasi_unstable")


def random_get(caller, pointer, length):
    """The same bytes on both sides: a hash table's seed decides how long a search takes."""
    caller["memory"].write(caller, bytes(i * 31 & 0xFF for i in range(length)), pointer & 0xFFFFFFFF)
    return 0


def run(engine, case):
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.stdout_file = os.devnull
    wasi.stderr_file = os.devnull
    store.set_wasi(wasi)
    if case.get("memory_limit"):
        store.set_limits(memory_size=case["memory_limit"], table_elements=10_000_000)
    limit = int(case["limit"])
    store.set_fuel(limit)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    linker.allow_shadowing = True
    for world in WASI if case["fixed_random"] else ():
        kind = wasmtime.FuncType([I32, I32], [I32])
        linker.define_func(world, "random_get", kind, random_get, access_caller=True)
    try:
        module = wasmtime.Module(engine, base64.b64decode(case["wasm"]))
        for item in module.imports:
            if item.name == "copy_records":
                kind = wasmtime.FuncType([I32, I32], [])
                linker.define_func(item.module, item.name, kind, lambda pointer, length: None)
                break
        instance = linker.instantiate(store, module)
    except Exception as error:
        return {"build_error": str(error)}
    exports = instance.exports(store)
    results = []
    for call in case["calls"]:
        name = call["name"]
        if call.get("optional") and not isinstance(exports.get(name), wasmtime.Func):
            results.append(None)
            continue
        data = base64.b64decode(call["input"])
        store.set_fuel(limit)
        code, trap = None, None
        try:
            pointer = exports["alloc"](store, len(data))
            exports["memory"].write(store, data, pointer & 0xFFFFFFFF)
            code = exports[name](store, pointer, len(data), case["version"])
        except Exception as error:
            trap = str(error).split("Stack backtrace:")[0].strip()
        results.append({"fuel": str(limit - store.get_fuel()), "code": code, "trap": trap})
    return {"calls": results}


def main():
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    print(json.dumps([run(engine, case) for case in json.load(sys.stdin)]))


main()
