// The objects of one kind, in memory: the truth that controllers and API handlers read. Every change gets an
// epoch, wakes the listeners, and is handed to whoever writes it to disk.
import { until } from "../until.ts";
import { ChangeList } from "./change-list.ts";

/** One metadata object. Objects are replaced, never modified. */
export interface StoredObject<S, T> {
  readonly key: string;
  /** What was asked for. */
  readonly spec: S;
  /** What is. */
  readonly status: T;
  /** Starts at 0 and grows by one with every change. */
  readonly revision: number;
}

/** What happened after some epoch. */
export interface Changes<S, T> {
  /** The store's epoch when this was taken. */
  readonly epoch: number;
  /** History did not reach back far enough: `updates` holds every object, `deletes` only what is known. */
  readonly isFull: boolean;
  readonly updates: StoredObject<S, T>[];
  /** Objects as they were before their deletion. */
  readonly deletes: StoredObject<S, T>[];
}

/** `spec` changes and deletions should reach the disk at once; `status` ones may wait and be combined. */
export type ChangeKind = "spec" | "status" | "delete";

/** Told of every change, synchronously; must be quick and must not throw. */
export type ChangeListener = (key: string, kind: ChangeKind) => void;

/** Deletions remembered per kind; a watcher further behind gets the full state again. */
const KEEP_DELETED = 4096;

export class ObjectStore<S, T> {
  readonly #objects = new Map<string, StoredObject<S, T>>();
  readonly #history = new ChangeList<StoredObject<S, T>>(KEEP_DELETED);
  readonly #listeners = new Set<ChangeListener>();
  readonly #initialStatus: () => T;
  readonly #remains: (spec: S) => S;
  #epoch = 0;
  #specEpoch = 0;

  /**
   * `initialStatus`: the status of an object that has just been created. `remains`: what of the spec is kept in
   * the history of deleted objects.
   */
  constructor(initialStatus: () => T, remains: (spec: S) => S = (spec) => spec) {
    this.#initialStatus = initialStatus;
    this.#remains = remains;
  }

  /** Grows with every change. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Epoch of the last change that was more than a change of status. */
  get specEpoch(): number {
    return this.#specEpoch;
  }

  get size(): number {
    return this.#objects.size;
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  get(key: string): StoredObject<S, T> | undefined {
    return this.#objects.get(key);
  }

  /** All objects in the order of their creation. */
  values(): IterableIterator<StoredObject<S, T>> {
    return this.#objects.values();
  }

  /** All objects in ascending order of their keys (by code unit). */
  sorted(): StoredObject<S, T>[] {
    return [...this.#objects.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Puts an object read from disk; no listener is told. */
  load(object: StoredObject<S, T>): void {
    this.#objects.set(object.key, object);
    this.#epoch += 1;
    this.#specEpoch = this.#epoch;
    this.#history.record(object.key, this.#epoch);
  }

  /** Creates the object or replaces its spec; the status is kept unless one is given. */
  put(key: string, spec: S, status?: T): StoredObject<S, T> {
    const before = this.#objects.get(key);
    const object: StoredObject<S, T> = {
      key,
      spec,
      status: status ?? before?.status ?? this.#initialStatus(),
      revision: before === undefined ? 0 : before.revision + 1,
    };
    this.#set(object, "spec");
    return object;
  }

  /** Replaces the status; an object that does not exist is left alone. */
  setStatus(key: string, status: T): void {
    const before = this.#objects.get(key);
    if (before !== undefined) this.#set({ ...before, status, revision: before.revision + 1 }, "status");
  }

  /** Removes the object and returns what it was. */
  delete(key: string): StoredObject<S, T> | undefined {
    const before = this.#objects.get(key);
    if (before === undefined) return undefined;
    this.#objects.delete(key);
    this.#epoch += 1;
    this.#specEpoch = this.#epoch;
    this.#history.record(key, this.#epoch, { ...before, spec: this.#remains(before.spec) });
    this.#tell(key, "delete");
    return before;
  }

  /** Everything that happened after `epoch`; pass -1 for the full state. */
  changesSince(epoch: number): Changes<S, T> {
    if (epoch < this.#history.fence || epoch < 0) {
      const known = epoch < 0 ? [] : this.#history.since(epoch);
      const deletes = known.flatMap(({ dead }) => (dead === undefined ? [] : [dead]));
      return { epoch: this.#epoch, isFull: true, updates: [...this.#objects.values()], deletes };
    }
    const updates: StoredObject<S, T>[] = [];
    const deletes: StoredObject<S, T>[] = [];
    for (const { key, dead } of this.#history.since(epoch)) {
      const object = this.#objects.get(key);
      if (object !== undefined) updates.push(object);
      else if (dead !== undefined) deletes.push(dead);
    }
    return { epoch: this.#epoch, isFull: false, updates, deletes };
  }

  /** Adds a listener; returns the function that removes it. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Resolves as soon as `condition` holds; it is asked now and after every change.
   * @throws the signal's reason when that is aborted first.
   */
  until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return until(condition, (check) => this.onChange(check), signal);
  }

  #set(object: StoredObject<S, T>, kind: "spec" | "status"): void {
    this.#objects.set(object.key, object);
    this.#epoch += 1;
    if (kind === "spec") this.#specEpoch = this.#epoch;
    this.#history.record(object.key, this.#epoch);
    this.#tell(object.key, kind);
  }

  #tell(key: string, kind: ChangeKind): void {
    for (const listener of [...this.#listeners]) listener(key, kind);
  }
}
