/** The audit log: who did what when, one JSON object a line, one file a month. */
import { join } from "node:path";
import type { File } from "../../env/index.ts";
import type { HubEnv } from "../env.ts";

export interface AuditEvent {
  readonly action: string;
  readonly user: string | undefined;
  readonly tokenId: string | undefined;
  readonly remote: string;
  /** What it was done to, such as `acme/word-filter@0.1.0`. */
  readonly subject: string;
  readonly outcome: "done" | "refused";
  readonly detail?: string;
}

/** A line of the log as it was written. */
export type AuditLine = AuditEvent & { readonly time: string };

/** How far back a question goes at most, bytes of one month's file. */
const MAX_TAIL_BYTES = 16 * 1024 * 1024;

export class AuditLog {
  readonly #env: HubEnv;
  readonly #dir: string;
  #open: { month: string; file: File; size: number } | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(env: HubEnv, dir: string) {
    this.#env = env;
    this.#dir = join(dir, "audit");
  }

  /** Resolves when the line is written. */
  write(event: AuditEvent): Promise<void> {
    const work = this.#writing.then(() => this.#append(event));
    this.#writing = work.catch(() => undefined);
    return work;
  }

  /** The newest lines that are wanted, newest first. */
  async read(limit: number, isWanted: (line: AuditLine) => boolean): Promise<AuditLine[]> {
    await this.#writing;
    await this.#env.disk.mkdir(this.#dir);
    const months = (await this.#env.disk.readdir(this.#dir)).map(({ name }) => name).reverse();
    const found: AuditLine[] = [];
    for (const month of months) {
      if (found.length >= limit) break;
      for (const text of (await this.#tail(join(this.#dir, month))).reverse()) {
        const line = parseLine(text);
        if (line !== undefined && isWanted(line)) found.push(line);
        if (found.length >= limit) break;
      }
    }
    return found;
  }

  async #tail(path: string): Promise<string[]> {
    const file = await this.#env.disk.open(path, "read");
    try {
      const { size } = await file.info();
      const bytes = new Uint8Array(Math.min(size, MAX_TAIL_BYTES));
      const count = await file.read(bytes, size - bytes.length);
      return Buffer.from(bytes.subarray(0, count)).toString("utf8").split("\n");
    } finally {
      await file.close();
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#open?.file.close();
    this.#open = undefined;
  }

  async #append(event: AuditEvent): Promise<void> {
    const time = new Date(this.#env.clock.nowMs()).toISOString();
    const log = await this.#fileOf(time.slice(0, 7));
    const line = Buffer.from(`${JSON.stringify({ time, ...event })}\n`);
    await log.file.write(line, log.size);
    log.size += line.length;
  }

  async #fileOf(month: string): Promise<{ file: File; size: number }> {
    if (this.#open?.month === month) return this.#open;
    await this.#open?.file.close();
    await this.#env.disk.mkdir(this.#dir);
    const file = await this.#env.disk.open(join(this.#dir, `${month}.jsonl`), "create");
    this.#open = { month, file, size: (await file.info()).size };
    return this.#open;
  }
}

/** Undefined for a line that was cut off, by a kill or by the bound. */
function parseLine(text: string): AuditLine | undefined {
  try {
    const value = JSON.parse(text) as AuditLine;
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
