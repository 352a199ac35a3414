/** The entry of a worker thread: builds chains and runs them, one request after the other. */
import { createCipheriv } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { buildChain, type Chain, type ChainOutput } from "../chain.ts";
import { EngineError } from "../error.ts";
import { loadSmartModule, type ModuleParts, SmartModule } from "../module.ts";
import { GuestLines } from "./guest-lines.ts";
import { giveMemory, type MemoryShare, takeMemory } from "./memory-share.ts";
import type { Answer, OutputsAnswer, PostedFailure, Reply, Request } from "./messages.ts";

interface Host {
  chain: Chain | null;
  /** Bytes of its guests' memories. */
  memory: number;
  lines: GuestLines;
  /** The run that ended with an error; what is still asked for in it is not done. */
  endedRun: number;
}

const port = parentPort!;
const share = workerData as MemoryShare;
const hosts = new Map<number, Host>();
/** The owner's clock at the start of the request, and ours. */
let clock = { nowMs: 0, at: 0 };

/** Requests are answered in their order, also those that take several turns. */
let last: Promise<void> = Promise.resolve();

port.on("message", (request: Request) => {
  last = last.then(() => serve(request));
});

// A request that cannot be read has no answer either: the owner learns of it from the end of the thread.
port.on("messageerror", (error) => {
  throw error;
});

port.postMessage({ kind: "ready" } satisfies Reply);

async function serve(request: Request): Promise<void> {
  clock = { nowMs: request.nowMs, at: performance.now() };
  const lines = hosts.get(request.chain)?.lines;
  const result = await answer(request);
  (lines ?? hosts.get(request.chain)?.lines)?.flush();
  const reply: Reply = { kind: "answer", answer: result };
  port.postMessage(reply, result.kind === "outputs" ? buffersOf(result) : []);
}

async function answer(request: Request): Promise<Answer> {
  try {
    switch (request.kind) {
      case "load":
        return { kind: "loaded", parts: await load(request) };
      case "build":
        return { kind: "built", lookbacks: (await build(request)).lookbacks };
      case "lookBack":
        hostOf(request).chain.lookBackStep(request.step, request.records);
        return { kind: "done" };
      case "process":
        return process(hostOf(request), request);
      case "metrics":
        return { kind: "metrics", metrics: hostOf(request).chain.metrics() };
      case "close":
        giveMemory(share, hosts.get(request.chain)?.memory ?? 0);
        hosts.delete(request.chain);
        return { kind: "done" };
    }
  } catch (error) {
    return { kind: "failed", failure: failureOf(error) };
  }
}

/** Outputs that leave more than this share of the inputs' buffer empty get one of their own. */
const WASTE = 3 / 4;

/** One batch after the other, up to the first that fails or reports an error. */
function process(host: BuiltHost, { run, inputs }: Extract<Request, { kind: "process" }>): OutputsAnswer {
  const outputs: ChainOutput[] = [];
  const buffer = (inputs[0]?.records.buffer ?? new ArrayBuffer(0)) as ArrayBuffer;
  const sink = new OutputSink(buffer);
  const started = performance.now();
  let failure: PostedFailure | null = null;
  try {
    for (const input of inputs) {
      if (host.endedRun === run) break;
      const output = host.chain.process({ ...input, borrow: true });
      host.lines.flush();
      outputs.push({ ...output, records: sink.put(output.records, input.records) });
      if (output.error !== null) host.endedRun = run;
    }
  } catch (error) {
    host.endedRun = run;
    failure = failureOf(error);
  }
  return { kind: "outputs", ...sink.finish(outputs), failure, ms: performance.now() - started };
}

/**
 * Outputs go back in the buffer that the inputs came in, over those that are done, where they fit: making a new one
 * costs more than the copy.
 */
class OutputSink {
  readonly #buffer: ArrayBuffer;
  #used = 0;

  constructor(buffer: ArrayBuffer) {
    this.#buffer = buffer;
  }

  /** Keeps the output of a batch whose input lies in the buffer and is not needed any more. */
  put(output: Uint8Array, { byteOffset, byteLength }: Uint8Array): Uint8Array {
    const { length } = output;
    const fits = this.#used + length <= byteOffset + byteLength;
    const own = fits
      ? new Uint8Array(this.#buffer, this.#used, length)
      : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer, 0, length);
    own.set(output);
    if (fits) this.#used += length;
    return own;
  }

  /** The outputs, and the buffer if they do not need it. */
  finish(outputs: ChainOutput[]): Pick<OutputsAnswer, "outputs" | "spare"> {
    const used = this.#used;
    if (used > 0 && used >= this.#buffer.byteLength * (1 - WASTE)) return { outputs, spare: null };
    const small = Buffer.allocUnsafeSlow(used);
    small.set(new Uint8Array(this.#buffer, 0, used));
    const moved = outputs.map((output) => {
      const { buffer, byteOffset, length } = output.records;
      return buffer === this.#buffer
        ? { ...output, records: new Uint8Array(small.buffer, byteOffset, length) }
        : output;
    });
    return { outputs: moved, spare: this.#buffer };
  }
}

function buffersOf({ outputs, spare }: OutputsAnswer): ArrayBuffer[] {
  const buffers = new Set(outputs.map(({ records }) => records.buffer as ArrayBuffer));
  if (spare !== null) buffers.add(spare);
  return [...buffers];
}

async function load(request: Extract<Request, { kind: "load" }>): Promise<ModuleParts> {
  const { bytes, name, memoryLimit, sourceMap } = request;
  const module = await loadSmartModule(bytes, {
    memoryLimit,
    ...(name === null ? {} : { name }),
    ...(sourceMap === null ? {} : { sourceMap }),
  });
  return module.parts(memoryLimit);
}

async function build(request: Extract<Request, { kind: "build" }>): Promise<Chain> {
  const { chain: id, version, memoryLimit, seed } = request;
  const lines = new GuestLines((written) => {
    port.postMessage({ kind: "lines", chain: id, lines: written } satisfies Reply);
  });
  const host: Host = { chain: null, memory: 0, lines, endedRun: -1 };
  hosts.set(id, host);
  const steps = request.steps.map(({ module, accumulator, ...step }) => ({
    ...step,
    module: SmartModule.fromParts(module),
    ...(accumulator === null ? {} : { accumulator }),
  }));
  host.chain = await buildChain(steps, {
    version,
    memoryLimit,
    findRecord: true,
    onGrow: (bytes) => {
      if (!takeMemory(share, bytes)) return false;
      host.memory += bytes;
      return true;
    },
    stdout: (bytes, module) => lines.write("stdout", bytes, module),
    stderr: (bytes, module) => lines.write("stderr", bytes, module),
    now: () => BigInt(Math.round((clock.nowMs + performance.now() - clock.at) * 1000)) * 1000n,
    random: randomFrom(seed),
  });
  return host.chain;
}

type BuiltHost = Host & { chain: Chain };

function hostOf({ chain }: Request): BuiltHost {
  const host = hosts.get(chain);
  if (!host?.chain) throw new EngineError("SMDK_ENGINE_STOPPED", "the chain is closed", { phase: "process" });
  return host as BuiltHost;
}

/** Random bytes that follow from the owner's seed, and are as good as it. */
function randomFrom(seed: Uint8Array): (bytes: Uint8Array) => void {
  const cipher = createCipheriv("aes-256-ctr", seed.subarray(0, 32), seed.subarray(32, 48));
  return (bytes) => {
    const chunk = new Uint8Array(Math.min(bytes.length, 65_536));
    for (let at = 0; at < bytes.length; at += chunk.length) {
      bytes.set(cipher.update(chunk).subarray(0, bytes.length - at), at);
    }
  };
}

function failureOf(error: unknown): PostedFailure {
  if (error instanceof EngineError) {
    const { code, message, causes, phase, memoryLimit, hint, frames, stage, record } = error;
    return { code, message, causes, phase, memoryLimit, hint: hint ?? null, frames, stage, record };
  }
  const message = error instanceof Error ? error.message : String(error);
  return failureOf(new EngineError("SMDK_ENGINE_INPUT", message, { phase: "process" }));
}
