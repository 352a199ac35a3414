/**
 * A disk in memory behind the door of `env`. It takes its time, may be slow, full or broken for a while, and loses what
 * was not synced when the power is cut.
 */

import { basename, dirname } from "node:path/posix";
import type { DirectoryEntry, Disk, File, FileInfo, OpenMode } from "../env/types.ts";
import { errorCode, ServerError } from "../error.ts";
import type { SimProcess } from "./process.ts";
import type { SimRandom } from "./random.ts";
import { SimDirectoryNode, SimFileNode, type SimNode } from "./storage.ts";
import type { World } from "./world.ts";

/** What is wrong with the disk at the moment. */
export interface DiskTrouble {
  /** Operations take this many times as long. */
  slowness: number;
  /** Files do not grow, and none are made. */
  isFull: boolean;
  /** How many of the operations fail with EIO, 0 … 1. */
  failureRate: number;
}

/** Most ms of an operation on a disk without trouble; most take a small part of that. */
export const SLOWEST_MS = 25;

/** An operation that a process has asked for and that has not happened yet. */
interface Pending {
  readonly process: SimProcess;
  /** What may become of it when the process ends in between. */
  readonly abandon: () => void;
}

/** The disk of one machine; it outlives the processes that use it. */
export class SimDisk {
  readonly trouble: DiskTrouble = { slowness: 1, isFull: false, failureRate: 0 };
  readonly #world: World;
  readonly #random: SimRandom;
  readonly #nowMs: () => number;
  readonly #root = new SimDirectoryNode();
  readonly #pending = new Set<Pending>();
  readonly #locks = new Map<string, SimProcess>();
  #temporaryFiles = 0;

  /** `nowMs`: the wall clock that files are dated by. */
  constructor(world: World, nowMs: () => number) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#nowMs = nowMs;
  }

  /** To be called when a process has ended: what it was doing is done, or not, or in part. */
  abandon(process: SimProcess): void {
    for (const pending of this.#pending) {
      if (pending.process !== process) continue;
      this.#pending.delete(pending);
      pending.abandon();
    }
  }

  /** What was not synced is there, or not, or in part. Processes must have ended before. */
  powerCut(): void {
    this.#root.powerCut(this.#random);
  }

  /** Makes a directory in the root that was there before the world began. */
  prepare(name: string): void {
    this.#root.change([[name, new SimDirectoryNode()]]);
    this.#root.sync(this.#root.changeCount);
  }

  /** The door as one process sees it. */
  door(process: SimProcess): Disk {
    const perform = <T>(name: string, work: () => T, abandon?: () => void): Promise<T> =>
      this.#perform(process, name, work, abandon);
    const syncDirectory = async (path: string): Promise<void> => {
      const node = this.#directory(path);
      const count = node.changeCount;
      await perform(`sync ${path}`, () => node.sync(count));
    };
    const remove = (path: string): Promise<void> =>
      perform(`remove ${path}`, () => {
        const [parent, name] = this.#parentOf(path);
        const node = parent?.get(name);
        if (node === undefined) return;
        if (node.kind === "directory") throw failure("EISDIR", `remove ${path}`);
        parent!.change([[name, undefined]]);
      });
    const open = (path: string, mode: OpenMode): Promise<SimFile> =>
      perform(`open ${path}`, () => new SimFile(path, this.#openNode(path, mode), perform, this));
    const rename = (from: string, to: string): Promise<void> =>
      perform(`rename ${from} ${to}`, () => {
        const [parent, name] = this.#parentOf(from);
        const node = parent?.get(name);
        const [target, newName] = this.#parentOf(to);
        if (node === undefined || target === undefined) throw failure("ENOENT", `rename ${from}`);
        if (parent === target) {
          target.change([
            [name, undefined],
            [newName, node],
          ]);
        } else {
          target.change([[newName, node]]);
          parent!.change([[name, undefined]]);
        }
      });
    const removeTree = async (path: string): Promise<void> => {
      const node = this.#find(path);
      if (node === undefined) return;
      if (node.kind === "directory") {
        const names = node.entries().map(([name]) => name);
        while (names.length > 0) {
          const [name] = names.splice(this.#random.integer(names.length), 1);
          await removeTree(`${path}/${name}`);
        }
      }
      await perform(`remove ${path}`, () => {
        const [parent, name] = this.#parentOf(path);
        parent?.change([[name, undefined]]);
      });
    };
    return {
      open,
      rename,
      remove,
      removeTree,
      syncDirectory,
      readFile: (path) =>
        perform(`read ${path}`, () => {
          const node = this.#file(path);
          const bytes = new Uint8Array(node.size);
          node.read(bytes, 0);
          return bytes;
        }),
      writeFileAtomic: async (path, content) => {
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
        this.#temporaryFiles += 1;
        const temporary = `${dirname(path)}/.${basename(path)}.${this.#temporaryFiles}.tmp`;
        try {
          const file = await open(temporary, "create");
          await file.write(bytes, 0);
          await file.sync();
          await file.close();
          await rename(temporary, path);
        } catch (error) {
          await remove(temporary).catch(() => {});
          throw error;
        }
        await syncDirectory(dirname(path));
      },
      mkdir: (path) =>
        perform(`mkdir ${path}`, () => {
          let node: SimNode = this.#root;
          for (const name of partsOf(path)) {
            if (node.kind !== "directory") throw failure("ENOTDIR", `mkdir ${path}`);
            let next = node.get(name);
            if (next === undefined) {
              if (this.trouble.isFull) throw failure("ENOSPC", `mkdir ${path}`);
              next = new SimDirectoryNode();
              node.change([[name, next]]);
            }
            node = next;
          }
        }),
      readdir: (path) =>
        perform(`list ${path}`, () => {
          const entries = this.#directory(path).entries();
          return entries.map(([name, { kind }]): DirectoryEntry => ({ name, kind }));
        }),
      exists: (path) => perform(`find ${path}`, () => this.#find(path) !== undefined),
      info: (path) =>
        perform(`find ${path}`, () => {
          const node = this.#find(path);
          return node === undefined ? undefined : infoOf(node);
        }),
      lock: (directory) =>
        perform(`lock ${directory}`, () => {
          if (this.#locks.get(directory)?.isAlive) {
            throw new ServerError("SMDK_DIR_LOCKED", `the data directory ${directory} is in use`);
          }
          this.#locks.set(directory, process);
          const release = async () => {
            if (this.#locks.get(directory) === process) this.#locks.delete(directory);
          };
          return { release };
        }),
    };
  }

  get nowMs(): number {
    return this.#nowMs();
  }

  /** How much of a write of this size gets done when something comes in between. */
  part(length: number): number {
    return this.#random.pick([0, length, this.#random.integer(length + 1)]);
  }

  #perform<T>(process: SimProcess, name: string, work: () => T, abandon?: () => void): Promise<T> {
    if (!process.isAlive) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        process,
        abandon: () => {
          if (abandon !== undefined) abandon();
          else if (this.#random.chance(0.5)) attempt(work);
        },
      };
      this.#pending.add(pending);
      const fails = this.#random.chance(this.trouble.failureRate);
      this.#world.after(this.#latencyMs(), "", () => {
        if (!this.#pending.delete(pending)) return;
        const note = (result: string) => this.#world.note(`${process.name} disk ${name}${result}`);
        try {
          if (fails) {
            // A write that fails may have got somewhere.
            abandon?.();
            throw failure("EIO", name);
          }
          const result = work();
          note("");
          resolve(result);
        } catch (error) {
          note(` ${errorCode(error)}`);
          reject(error);
        }
      });
    });
  }

  #latencyMs(): number {
    const rare = this.#random.chance(0.02);
    return this.#random.fraction() * (rare ? SLOWEST_MS : 1) * this.trouble.slowness;
  }

  #find(path: string): SimNode | undefined {
    let node: SimNode | undefined = this.#root;
    for (const name of partsOf(path)) node = node?.kind === "directory" ? node.get(name) : undefined;
    return node;
  }

  #parentOf(path: string): [SimDirectoryNode | undefined, string] {
    const parent = this.#find(dirname(path));
    return [parent?.kind === "directory" ? parent : undefined, basename(path)];
  }

  #directory(path: string): SimDirectoryNode {
    const node = this.#find(path);
    if (node === undefined) throw failure("ENOENT", path);
    if (node.kind !== "directory") throw failure("ENOTDIR", path);
    return node;
  }

  #file(path: string): SimFileNode {
    const node = this.#find(path);
    if (node === undefined) throw failure("ENOENT", path);
    if (node.kind !== "file") throw failure("EISDIR", path);
    return node;
  }

  #openNode(path: string, mode: OpenMode): SimFileNode {
    if (mode === "read" || mode === "write") return this.#file(path);
    const [parent, name] = this.#parentOf(path);
    if (parent === undefined) throw failure("ENOENT", path);
    const known = parent.get(name);
    if (known !== undefined) {
      if (mode === "createNew") throw failure("EEXIST", path);
      return this.#file(path);
    }
    if (this.trouble.isFull) throw failure("ENOSPC", path);
    const node = new SimFileNode(this.#nowMs());
    parent.change([[name, node]]);
    return node;
  }
}

type Perform = <T>(name: string, work: () => T, abandon?: () => void) => Promise<T>;

class SimFile implements File {
  readonly #path: string;
  readonly #node: SimFileNode;
  readonly #perform: Perform;
  readonly #disk: SimDisk;
  #isClosed = false;

  constructor(path: string, node: SimFileNode, perform: Perform, disk: SimDisk) {
    this.#path = path;
    this.#node = node;
    this.#perform = perform;
    this.#disk = disk;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    this.#checkOpen();
    return this.#perform(`read ${this.#path} at ${position}`, () => this.#node.read(into, position));
  }

  async write(parts: Uint8Array | readonly Uint8Array[], position: number): Promise<void> {
    this.#checkOpen();
    const node = this.#node;
    const data = parts instanceof Uint8Array ? parts.slice() : new Uint8Array(Buffer.concat(parts));
    const writeSome = (count: number) => {
      if (count > 0) node.write(data.subarray(0, count), position, this.#disk.nowMs);
    };
    await this.#perform(
      `write ${this.#path} at ${position}: ${data.length}`,
      () => {
        const grows = position + data.length > node.size;
        if (grows && this.#disk.trouble.isFull) {
          writeSome(this.#disk.part(data.length));
          throw failure("ENOSPC", `write ${this.#path}`);
        }
        writeSome(data.length);
      },
      () => writeSome(this.#disk.part(data.length)),
    );
  }

  async sync(): Promise<void> {
    this.#checkOpen();
    // What is written while the sync is under way is none of its business.
    const count = this.#node.changeCount;
    await this.#perform(
      `sync ${this.#path}`,
      () => this.#node.sync(count),
      () => {},
    );
  }

  async truncate(size: number): Promise<void> {
    this.#checkOpen();
    await this.#perform(`truncate ${this.#path} to ${size}`, () =>
      this.#node.truncate(size, this.#disk.nowMs),
    );
  }

  async info(): Promise<FileInfo> {
    this.#checkOpen();
    return this.#perform(`info ${this.#path}`, () => infoOf(this.#node));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #checkOpen(): void {
    if (this.#isClosed) throw failure("EBADF", this.#path);
  }
}

function infoOf(node: SimNode): FileInfo {
  return node.kind === "file"
    ? { kind: node.kind, size: node.size, modifiedMs: node.modifiedMs }
    : { kind: node.kind, size: 0, modifiedMs: 0 };
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // Nobody is left to hear of it.
  }
}
