/** The entry of a worker thread: builds chains and runs them, one request after the other. */
import { createCipheriv } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { buildChain, type Chain, type ChainInput } from "../chain.ts";
import { EngineError } from "../error.ts";
import { loadSmartModule, type ModuleParts, SmartModule } from "../module.ts";
import { GuestLines } from "./guest-lines.ts";
import { giveMemory, type MemoryShare, takeMemory } from "./memory-share.ts";
import type { Answer, PostedFailure, Reply, Request } from "./messages.ts";

interface Host {
  chain: Chain | null;
  /** Bytes of its guests' memories. */
  memory: number;
  lines: GuestLines;
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
  port.postMessage(reply, result.kind === "output" ? buffersOf(result) : []);
}

async function answer(request: Request): Promise<Answer> {
  try {
    switch (request.kind) {
      case "load":
        return { kind: "loaded", parts: await load(request) };
      case "build":
        return { kind: "built", lookbacks: (await build(request)).lookbacks };
      case "lookBack":
        chainOf(request).lookBackStep(request.step, request.records);
        return { kind: "done" };
      case "process":
        return process(chainOf(request), request.input);
      case "metrics":
        return { kind: "metrics", metrics: chainOf(request).metrics() };
      case "close":
        giveMemory(share, hosts.get(request.chain)?.memory ?? 0);
        hosts.delete(request.chain);
        return { kind: "done" };
    }
  } catch (error) {
    return { kind: "failed", failure: failureOf(error) };
  }
}

type OutputAnswer = Extract<Answer, { kind: "output" }>;

/** An output that leaves more than this share of the input's buffer empty gets one of its own. */
const WASTE = 3 / 4;

/**
 * The output goes back in the buffer that the input came in, where it fits: making a new one costs more than the copy.
 * Where it is far smaller, or does not fit, the buffer goes back by itself, to be used again.
 */
function process(chain: Chain, input: ChainInput): OutputAnswer {
  const output = chain.process({ ...input, borrow: true });
  const { length } = output.records;
  const buffer = input.records.buffer as ArrayBuffer;
  const wasted = input.borrow === true ? 0 : (buffer.byteLength - length) / buffer.byteLength;
  const fits = length <= buffer.byteLength && wasted <= WASTE;
  const records = new Uint8Array(fits ? buffer : Buffer.allocUnsafeSlow(length).buffer, 0, length);
  records.set(output.records);
  return { kind: "output", output: { ...output, records }, spare: fits ? null : buffer };
}

function buffersOf({ output, spare }: OutputAnswer): ArrayBuffer[] {
  const buffer = output.records.buffer as ArrayBuffer;
  return spare === null ? [buffer] : [buffer, spare];
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
  const host: Host = { chain: null, memory: 0, lines };
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

function chainOf({ chain }: Request): Chain {
  const host = hosts.get(chain);
  if (!host?.chain) throw new EngineError("SMDK_ENGINE_STOPPED", "the chain is closed", { phase: "process" });
  return host.chain;
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
