// Brings the changes of one store to disk. Changes of specs go at once, changes of status alone wait a little
// and are combined, so that busy partitions do not keep the disk busy. A failed write is tried again.
import { isDeepStrictEqual } from "node:util";
import type { Clock, Timer } from "../../env/types.ts";
import { errorText } from "../../error.ts";
import type { Logger } from "../../logger.ts";
import type { ObjectFiles } from "./object-files.ts";
import type { ChangeKind, ObjectStore, StoredObject } from "./object-store.ts";

const RETRY_MS = 1000;
const WRITES_AT_ONCE = 4;
/** New files that are waited for, so that who hears of them has less to do. */
const TOLD_AT_ONCE = 64;

interface Waiter {
  resolve: () => void;
  reject: (error: unknown) => void;
}

export interface StoreWriterOptions<S, T> {
  store: ObjectStore<S, T>;
  files: ObjectFiles<S, T>;
  /** How long a change of status alone may wait, ms; null: until the file is written anyway, or at the end. */
  statusDelayMs: number | null;
  /** Called when objects have their files for the first time, for many of them together where many are made. */
  firstWritten: (keys: readonly string[]) => void;
  clock: Clock;
  log: Logger;
}

export class StoreWriter<S, T> {
  readonly #store: ObjectStore<S, T>;
  readonly #files: ObjectFiles<S, T>;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #urgent = new Set<string>();
  readonly #lazy = new Set<string>();
  readonly #active = new Set<string>();
  /** What the files hold. */
  readonly #written = new Map<string, StoredObject<S, T>>();
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #stop: () => void;
  readonly #statusDelayMs: number | null;
  readonly #firstWritten: (keys: readonly string[]) => void;
  /** Keys that `firstWritten` has not been told of. */
  #fresh: string[] = [];
  #timer: Timer | undefined;
  #isClosed = false;

  constructor({ store, files, statusDelayMs, firstWritten, clock, log }: StoreWriterOptions<S, T>) {
    this.#store = store;
    this.#files = files;
    this.#statusDelayMs = statusDelayMs;
    this.#firstWritten = firstWritten;
    this.#clock = clock;
    this.#log = log;
    this.#stop = store.onChange((key, kind) => this.#mark(key, kind));
  }

  /** Says that the file of this object was just read. */
  isWritten(object: StoredObject<S, T>): void {
    this.#written.set(object.key, object);
  }

  /**
   * Resolves when the last change of `key`, status included, is on disk.
   * @throws the disk's error if that write fails; the writer goes on trying.
   */
  persisted(key: string): Promise<void> {
    if (this.#lazy.delete(key)) this.#urgent.add(key);
    if (!this.#urgent.has(key) && !this.#active.has(key)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      const waiters = this.#waiters.get(key);
      if (waiters === undefined) this.#waiters.set(key, [waiter]);
      else waiters.push(waiter);
      this.#pump();
    });
  }

  /** Writes all that is pending and stops; what cannot be written now is reported and given up. */
  async close(): Promise<void> {
    this.#stop();
    const pending = new Set([...this.#lazy, ...this.#urgent, ...this.#active]);
    const written = [...pending].map((key) => this.persisted(key).catch(() => {}));
    await Promise.all(written);
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** Whether the object has a file, be it an older state. */
  hasFile(key: string): boolean {
    return this.#written.has(key);
  }

  #mark(key: string, kind: ChangeKind): void {
    if (this.#isClosed) return;
    if (kind === "status") {
      if (this.#urgent.has(key)) return;
      this.#lazy.add(key);
      if (this.#statusDelayMs !== null) this.#schedule(this.#statusDelayMs);
      return;
    }
    this.#lazy.delete(key);
    this.#urgent.add(key);
    this.#pump();
  }

  #pump(): void {
    for (const key of this.#urgent) {
      if (this.#active.size >= WRITES_AT_ONCE) return;
      if (!this.#active.has(key)) void this.#write(key);
    }
  }

  async #write(key: string): Promise<void> {
    this.#active.add(key);
    let failure: unknown;
    try {
      // Changes made in one go, such as a topic's steps to Provisioned, end up in one write.
      await Promise.resolve();
      this.#urgent.delete(key);
      this.#lazy.delete(key);
      await this.#bringToDisk(key);
    } catch (error) {
      failure = error;
      this.#log.error({ key, error: errorText(error) }, "metadata could not be written");
    }
    this.#active.delete(key);
    if (failure !== undefined) {
      this.#lazy.add(key);
      this.#schedule(RETRY_MS);
    }
    if (failure !== undefined || !this.#urgent.has(key)) this.#settle(key, failure);
    this.#pump();
    if (this.#fresh.length >= TOLD_AT_ONCE || this.#active.size === 0) this.#tellFresh();
  }

  #tellFresh(): void {
    if (this.#fresh.length === 0) return;
    const keys = this.#fresh;
    this.#fresh = [];
    this.#firstWritten(keys);
  }

  async #bringToDisk(key: string): Promise<void> {
    const object = this.#store.get(key);
    const last = this.#written.get(key);
    if (object === undefined) {
      this.#written.delete(key);
      await this.#files.remove(key);
    } else if (last?.spec !== object.spec || !isDeepStrictEqual(last.status, object.status)) {
      await this.#files.save(object);
      this.#written.set(key, object);
      if (last === undefined) this.#fresh.push(key);
    }
  }

  #settle(key: string, failure: unknown): void {
    const waiters = this.#waiters.get(key) ?? [];
    this.#waiters.delete(key);
    for (const { resolve, reject } of waiters) {
      if (failure === undefined) resolve();
      else reject(failure);
    }
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#timer = this.#clock.setTimeout(
      () => {
        this.#timer = undefined;
        for (const key of this.#lazy) this.#urgent.add(key);
        this.#lazy.clear();
        this.#pump();
      },
      ms,
      { background: true },
    );
  }
}
