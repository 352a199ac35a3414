/**
 * What a disk holds, twice: as programs see it, and as it would be after a power cut. In between stand changes that
 * nobody has synced; a cut makes some of them true, and some in part.
 */

import type { SimRandom } from "./random.ts";

const PAGE = 4096;

/** Bytes of a file; absent pages are zeros. Pages are never changed in place, so files may share them. */
class Content {
  #size = 0;
  readonly #pages = new Map<number, Uint8Array>();

  get size(): number {
    return this.#size;
  }

  copy(): Content {
    const copy = new Content();
    copy.#size = this.#size;
    for (const [number, page] of this.#pages) copy.#pages.set(number, page);
    return copy;
  }

  read(into: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(into.length, this.#size - position));
    for (let done = 0; done < length; ) {
      const at = position + done;
      const within = at % PAGE;
      const count = Math.min(PAGE - within, length - done);
      const page = this.#pages.get(Math.floor(at / PAGE));
      if (page === undefined) into.fill(0, done, done + count);
      else into.set(page.subarray(within, within + count), done);
      done += count;
    }
    return length;
  }

  write(data: Uint8Array, position: number): void {
    for (let done = 0; done < data.length; ) {
      const at = position + done;
      const within = at % PAGE;
      const count = Math.min(PAGE - within, data.length - done);
      this.#edit(Math.floor(at / PAGE)).set(data.subarray(done, done + count), within);
      done += count;
    }
    this.#size = Math.max(this.#size, position + data.length);
  }

  resize(size: number): void {
    if (size < this.#size) {
      const last = Math.floor(size / PAGE);
      for (const number of this.#pages.keys()) if (number > last) this.#pages.delete(number);
      if (this.#pages.has(last)) this.#edit(last).fill(0, size % PAGE);
    }
    this.#size = size;
  }

  /** Takes over one page of another content, or the first `count` bytes of it. */
  takePage(from: Content, number: number, count: number): void {
    const page = from.#pages.get(number) ?? new Uint8Array(PAGE);
    this.#edit(number).set(page.subarray(0, count));
  }

  #edit(number: number): Uint8Array {
    const page = this.#pages.get(number)?.slice() ?? new Uint8Array(PAGE);
    this.#pages.set(number, page);
    return page;
  }
}

type Change = { readonly data: Uint8Array; readonly at: number } | { readonly size: number };

function apply(content: Content, change: Change): void {
  if ("size" in change) content.resize(change.size);
  else content.write(change.data, change.at);
}

export class SimFileNode {
  readonly kind = "file";
  modifiedMs: number;
  #now = new Content();
  #safe = new Content();
  /** Changes that are not safe yet; the first one has the number `#safeCount`. */
  #unsafe: Change[] = [];
  #safeCount = 0;

  constructor(nowMs: number) {
    this.modifiedMs = nowMs;
  }

  get size(): number {
    return this.#now.size;
  }

  /** Changes so far: what a sync that begins now makes safe. */
  get changeCount(): number {
    return this.#safeCount + this.#unsafe.length;
  }

  read(into: Uint8Array, position: number): number {
    return this.#now.read(into, position);
  }

  /** `data` must not change afterwards. */
  write(data: Uint8Array, at: number, nowMs: number): void {
    this.#change({ data, at }, nowMs);
  }

  truncate(size: number, nowMs: number): void {
    this.#change({ size }, nowMs);
  }

  #change(change: Change, nowMs: number): void {
    apply(this.#now, change);
    this.#unsafe.push(change);
    this.modifiedMs = nowMs;
  }

  /** Makes the first `count` changes safe. */
  sync(count: number): void {
    while (this.#safeCount < count) {
      apply(this.#safe, this.#unsafe.shift()!);
      this.#safeCount += 1;
    }
  }

  powerCut(random: SimRandom): void {
    const after = this.#afterCut(random);
    this.#now = after;
    this.#safe = after.copy();
    this.#unsafe = [];
  }

  #afterCut(random: SimRandom): Content {
    if (this.#unsafe.length === 0) return this.#safe;
    switch (random.integer(4)) {
      case 0:
        return this.#safe;
      case 1:
        return this.#now;
      case 2:
        return this.#inOrder(random);
      default:
        return this.#pageByPage(random);
    }
  }

  /** The changes up to some point, the last one in part. */
  #inOrder(random: SimRandom): Content {
    const after = this.#safe;
    const whole = random.integer(this.#unsafe.length);
    for (const change of this.#unsafe.slice(0, whole)) apply(after, change);
    const torn = this.#unsafe[whole]!;
    if ("data" in torn) after.write(torn.data.subarray(0, random.integer(torn.data.length + 1)), torn.at);
    return after;
  }

  /** Each page that was touched is new, old, or new at its beginning only, whatever the others are. */
  #pageByPage(random: SimRandom): Content {
    const after = this.#safe;
    after.resize(random.pick([after.size, this.#now.size, Math.max(after.size, this.#now.size)]));
    const touched = new Set<number>();
    for (const change of this.#unsafe) {
      if ("size" in change) continue;
      const last = Math.floor((change.at + change.data.length - 1) / PAGE);
      for (let number = Math.floor(change.at / PAGE); number <= last; number++) touched.add(number);
    }
    for (const number of touched) {
      if (number * PAGE >= after.size) continue;
      const fate = random.integer(3);
      if (fate > 0) after.takePage(this.#now, number, fate === 1 ? PAGE : random.integer(PAGE));
    }
    // What lies behind the end counts as zeros when the file grows again.
    after.resize(after.size);
    return after;
  }
}

export type SimNode = SimFileNode | SimDirectoryNode;
/** Entries that change together; undefined for those that go. */
type EntryChange = readonly (readonly [name: string, node: SimNode | undefined])[];

export class SimDirectoryNode {
  readonly kind = "directory";
  readonly #now = new Map<string, SimNode>();
  readonly #safe = new Map<string, SimNode>();
  #unsafe: EntryChange[] = [];
  #safeCount = 0;

  get(name: string): SimNode | undefined {
    return this.#now.get(name);
  }

  entries(): [string, SimNode][] {
    return [...this.#now].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  get changeCount(): number {
    return this.#safeCount + this.#unsafe.length;
  }

  /** Changes entries, all of them or, after a power cut, none. */
  change(change: EntryChange): void {
    applyEntries(this.#now, change);
    this.#unsafe.push(change);
  }

  sync(count: number): void {
    while (this.#safeCount < count) {
      applyEntries(this.#safe, this.#unsafe.shift()!);
      this.#safeCount += 1;
    }
  }

  /**
   * Mostly the changes up to some point, as file systems with a journal have it; now and then any of them, which POSIX
   * allows too.
   */
  powerCut(random: SimRandom): void {
    const whole = random.integer(this.#unsafe.length + 1);
    const inOrder = random.chance(0.75);
    for (const [at, change] of this.#unsafe.entries()) {
      if (inOrder ? at < whole : random.chance(0.5)) applyEntries(this.#safe, change);
    }
    this.#unsafe = [];
    this.#now.clear();
    for (const [name, node] of this.#safe) {
      this.#now.set(name, node);
      node.powerCut(random);
    }
  }
}

function applyEntries(entries: Map<string, SimNode>, change: EntryChange): void {
  for (const [name, node] of change) {
    if (node === undefined) entries.delete(name);
    else entries.set(name, node);
  }
}
