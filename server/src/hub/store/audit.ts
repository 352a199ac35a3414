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
