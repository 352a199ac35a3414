/** One worker thread, as its owner sees it: requests in order, each with a deadline, and one end for all of them. */
import { Worker } from "node:worker_threads";
import { EngineError, type EnginePhase } from "../error.ts";
import { type MemoryShare, memoryOf } from "./memory-share.ts";
import type { Answer, GuestLine, PostedFailure, Reply, Request } from "./messages.ts";

/** Megabytes of JavaScript heap; records and guests' memories lie outside of it. */
const HEAP_MB = 256;

/** Milliseconds a thread may take to start. */
const START_DEADLINE_MS = 30_000;

/** Where the thread's program is; tests run the sources, threads always the built package. */
const PROGRAM = import.meta.url.endsWith(".ts") ? "../../dist/worker/thread.js" : "./thread.js";

interface Pending {
  chain: number;
  phase: EnginePhase;
  resolve: (answer: Exclude<Answer, { kind: "failed" }>) => void;
  reject: (error: EngineError) => void;
}

export interface ChainWorkerOptions {
  /** Milliseconds one request may take. */
  deadlineMs: number;
  share: MemoryShare;
  onLines(chain: number, lines: readonly GuestLine[]): void;
  /** The thread takes no more requests, for whatever reason. */
  onExit(worker: ChainWorker): void;
  /** The thread, and what it had, is gone. */
  onGone(): void;
}

export class ChainWorker {
  /** Chains that live here. */
  chains = 0;
  readonly #worker: Worker;
  readonly #options: ChainWorkerOptions;
  /** Requests not answered yet; the first one is being worked on. */
  readonly #pending: Pending[] = [];
  #timer: NodeJS.Timeout | null = null;
  #ready = false;
  #end: string | null = null;
  /** The chain that did not end in time, where that was the reason. */
  #culprit: number | null = null;

  constructor(options: ChainWorkerOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL(PROGRAM, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      // Nothing of the process' own output or arguments is a guest's business.
      stdin: false,
      workerData: options.share,
      execArgv: [],
    });
    this.#worker.on("message", (reply: Reply) => this.#receive(reply));
    this.#worker.on("error", (error) => this.stop(`its thread failed: ${error.message}`));
    this.#worker.on("messageerror", (error) => this.stop(`an answer could not be read: ${error.message}`));
    this.#worker.on("exit", () => {
      this.stop("its thread ended");
      options.onGone();
    });
    // A waiting thread does not keep a program alive; a request does.
    this.#worker.unref();
  }

  /** Why the thread is gone; null while it works. */
  get end(): string | null {
    return this.#end;
  }

  /** Bytes the guests here have. */
  get memory(): number {
    return memoryOf(this.#options.share);
  }

  /** Posts a request. Rejects with an EngineError of the phase. */
  call<K extends Answer["kind"]>(
    request: Request,
    phase: EnginePhase,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Extract<Answer, { kind: K }>> {
    if (this.#end !== null) return Promise.reject(this.#stopped(request.chain, this.#end, phase));
    return new Promise((resolve, reject) => {
      this.#pending.push({ chain: request.chain, phase, resolve: resolve as Pending["resolve"], reject });
      if (this.#pending.length === 1) {
        this.#worker.ref();
        this.#startTimer();
      }
      try {
        this.#post(request, transfer);
      } catch (error) {
        this.stop(`a request could not be posted: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
  }

  /** Ends the thread at once. Requests under way fail with the reason. */
  stop(reason: string): void {
    if (this.#end !== null) return;
    this.#end = reason;
    if (this.#timer !== null) clearTimeout(this.#timer);
    void this.#worker.terminate();
    for (const { chain, phase, reject } of this.#pending.splice(0)) {
      reject(this.#stopped(chain, reason, phase));
    }
    this.#options.onExit(this);
  }

  /** Memory of native libraries cannot be given away: it is copied. */
  #post(request: Request, transfer: readonly ArrayBuffer[]): void {
    try {
      this.#worker.postMessage(request, transfer);
    } catch (error) {
      if (transfer.length === 0) throw error;
      this.#worker.postMessage(request);
    }
  }

  /** What a chain is told: whether it was the reason, or only lived in the same thread. */
  #stopped(chain: number, reason: string, phase: EnginePhase): EngineError {
    const guilty = this.#culprit === null || this.#culprit === chain;
    const text = guilty ? reason : `another one in its thread was the reason: ${reason}`;
    return new EngineError("SMDK_ENGINE_STOPPED", `SmartModule was stopped: ${text}`, { phase });
  }

  #startTimer(): void {
    // How long a thread takes to start is not the guest's fault.
    const deadlineMs = this.#ready ? this.#options.deadlineMs : START_DEADLINE_MS;
    const first = this.#pending[0];
    this.#timer = setTimeout(() => {
      // If this thread was the one that had no time, the answer may be waiting already.
      setImmediate(() => {
        if (this.#pending[0] !== first) return;
        this.#culprit = first?.chain ?? null;
        this.stop(`it did not end within ${deadlineMs} ms`);
      });
    }, deadlineMs);
    this.#timer.unref();
  }

  #receive(reply: Reply): void {
    if (reply.kind === "ready") {
      this.#ready = true;
      if (this.#timer !== null) clearTimeout(this.#timer);
      if (this.#pending.length > 0) this.#startTimer();
      return;
    }
    if (reply.kind === "lines") {
      this.#options.onLines(reply.chain, reply.lines);
      return;
    }
    const pending = this.#pending.shift();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#pending.length > 0) this.#startTimer();
    else this.#worker.unref();
    const { answer } = reply;
    if (answer.kind === "failed") pending?.reject(revive(answer.failure));
    else pending?.resolve(answer);
  }
}

/** The error again that was posted. */
export function revive(failure: PostedFailure): EngineError {
  const { code, message, causes, phase, memoryLimit, hint, frames, stage, record } = failure;
  return new EngineError(code, message, {
    causes,
    phase,
    frames,
    record,
    ...(stage === null ? {} : { stage }),
    ...(memoryLimit === null ? {} : { memoryLimit }),
    ...(hint === null ? {} : { hint }),
  });
}
