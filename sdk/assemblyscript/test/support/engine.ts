// Runs a module as the engine does: alloc, copy in, call, read what was handed over.

/** What a call came to. `output` is in hex; `code` is "trap" when the module trapped. */
export interface CallResult {
  readonly code: number | "trap";
  readonly output: string;
}

export interface Instance {
  call(name: string, input: Uint8Array, version: number): CallResult;
  readonly memoryBytes: () => number;
  readonly exports: WebAssembly.Exports;
  /** What was written to standard output (1) and error (2), in order, joined by file. */
  readonly written: Record<number, string>;
}

/** A fresh instance with the imports the engine offers. The clock stands at 2023-11-14T22:13:20Z. */
export function instantiate(source: Uint8Array | WebAssembly.Module): Instance {
  let handed: [number, number] = [0, 0];
  const written: Record<number, string> = { 1: "", 2: "" };
  const memory = (): ArrayBuffer => (instance.exports.memory as WebAssembly.Memory).buffer;
  const wasi = {
    fd_write(fd: number, vectors: number, count: number, result: number): number {
      const view = new DataView(memory());
      let total = 0;
      for (let i = 0; i < count; i++) {
        const start = view.getUint32(vectors + i * 8, true);
        const size = view.getUint32(vectors + i * 8 + 4, true);
        written[fd] += Buffer.from(memory(), start, size).toString();
        total += size;
      }
      view.setUint32(result, total, true);
      return 0;
    },
    clock_time_get(_clock: number, _precision: bigint, result: number): number {
      new DataView(memory()).setBigUint64(result, 1_700_000_000_000_000_000n, true);
      return 0;
    },
    random_get(buffer: number, size: number): number {
      new Uint8Array(memory(), buffer, size).fill(0x5a);
      return 0;
    },
    environ_get: (): number => 0,
    environ_sizes_get(count: number, size: number): number {
      new DataView(memory()).setUint32(count, 0, true);
      new DataView(memory()).setUint32(size, 0, true);
      return 0;
    },
    proc_exit(): never {
      throw new WebAssembly.RuntimeError("exit");
    },
  };
  const env = {
    copy_records(start: number, size: number): void {
      handed = [start, size];
    },
  };
  const module =
    source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source as BufferSource);
  const instance = new WebAssembly.Instance(module, {
    env,
    wasi_snapshot_preview1: wasi,
  });
  const exported = instance.exports as Record<string, (...args: number[]) => number>;
  return {
    written,
    exports: instance.exports,
    memoryBytes: () => memory().byteLength,
    call(name, input, version) {
      handed = [0, 0];
      const at = (exported.alloc as (size: number) => number)(input.length);
      new Uint8Array(memory()).set(input, at);
      try {
        const code = (exported[name] as (...args: number[]) => number)(at, input.length, version);
        return { code, output: Buffer.from(memory(), handed[0], handed[1]).toString("hex") };
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError)) throw error;
        return { code: "trap", output: "" };
      }
    },
  };
}
