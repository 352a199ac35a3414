/** Tries a module that was just built, for `smdk dev`: in a thread of its own, since a module may loop for ever. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { CaseResult, RecordError } from "@smdk/testing";
import { CliError } from "../errors.ts";
import type { Failure } from "../report.ts";

/** A module and what to try it on: some records, or the project's cases when there are none. */
export interface Trial {
  projectDir: string;
  bytes: Uint8Array;
  /** Its source map lies beside it. */
  wasmPath: string;
  params: ReadonlyMap<string, string>;
  text: string | undefined;
  file: string | undefined;
}

/** What came of records. */
export interface TriedRecords {
  kind: "records";
  /** How many went in. */
  count: number;
  records: { key: string | null; value: string }[];
  /** What the module wrote. */
  output: string;
  /** What it said of the record it ended with. */
  error: RecordError | null;
  /** The same for people. */
  failure: Failure | undefined;
}

/** What came of it; null when there is nothing to try it on. */
export type TrialResult = { kind: "cases"; cases: CaseResult[] } | TriedRecords | null;

/** What the thread answers. */
export type TrialAnswer = { result: TrialResult } | { failure: Failure | undefined };

/** How long a module may take for all its records. */
const limitMs = 10_000;

/** A thread that stays ready from one trial to the next. */
export class TrialThread implements Disposable {
  #worker: Worker | undefined;
  #ready: Promise<unknown> = Promise.resolve();
  readonly #limitMs: number;

  constructor(limit = limitMs) {
    this.#limitMs = limit;
    this.#start();
  }

  /** The outcome; a failure of the module or of its input comes second. Rejects when the module takes too long. */
  async run(trial: Trial): Promise<TrialAnswer> {
    const worker = this.#worker ?? this.#start();
    const end = new AbortController();
    const { signal } = end;
    try {
      await this.#ready;
      worker.postMessage(trial);
      return await Promise.race([
        once(worker, "message", { signal }).then(([answer]) => answer as TrialAnswer),
        sleep(this.#limitMs, undefined, { signal }).then(() => Promise.reject(this.#tooLong())),
      ]);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    } finally {
      end.abort();
    }
  }

  [Symbol.dispose](): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    this.#worker = new Worker(new URL("./trial-thread.js", import.meta.url));
    // Its first message says that everything is loaded.
    this.#ready = once(this.#worker, "message");
    this.#ready.catch(() => undefined);
    this.#worker.unref();
    return this.#worker;
  }

  #tooLong(): CliError {
    return new CliError(
      "failed",
      `the module did not finish within ${this.#limitMs / 1000} s and was stopped`,
      {
        code: "SMDK_CLI_TOO_LONG",
        hint: "is there an endless loop? The next save tries again",
      },
    );
  }
}
