/** Disk of the real machine: callback `fs` calls on plain descriptors, which cost less than file handles. */

import * as fs from "node:fs";
import * as fsp from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../error.ts";
import { lockDirectory } from "./node-lock.ts";
import type { DirectoryEntry, Disk, File, FileInfo, OpenMode } from "./types.ts";

/** POSIX promises room for 1024 parts per vectored write. */
const MAX_PARTS = 1024;

const OPEN_FLAGS: Record<OpenMode, number> = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT,
  createNew: fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
};

export function nodeDisk(): Disk {
  let temporaryFiles = 0;
  return {
    open: async (path, mode) => new NodeFile(await openDescriptor(path, OPEN_FLAGS[mode])),
    async readFile(path) {
      const content = await fsp.readFile(path);
      return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    },
    async writeFileAtomic(path, content, options = {}) {
      const directory = dirname(path);
      temporaryFiles += 1;
      const temporary = join(directory, `.${basename(path)}.${process.pid}-${temporaryFiles}.tmp`);
      try {
        const handle = await fsp.open(temporary, "w", options.secret ? 0o600 : 0o666);
        try {
          await handle.writeFile(content);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await fsp.rename(temporary, path);
      } catch (error) {
        await fsp.rm(temporary, { force: true });
        throw error;
      }
      await syncDirectory(directory);
    },
    async mkdir(path) {
      await fsp.mkdir(path, { recursive: true });
    },
    async readdir(path) {
      const entries = await fsp.readdir(path, { withFileTypes: true });
      return entries
        .map((entry): DirectoryEntry => ({ name: entry.name, kind: kindOf(entry) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    rename: (from, to) => fsp.rename(from, to),
    remove: (path) => fsp.rm(path, { force: true }),
    removeTree: (path) => fsp.rm(path, { force: true, recursive: true, maxRetries: 3 }),
    exists: async (path) => (await infoOf(path)) !== undefined,
    info: infoOf,
    syncDirectory,
    lock: lockDirectory,
  };
}

class NodeFile implements File {
  #descriptor: number;
  #closing: Promise<void> | undefined;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    let done = 0;
    while (done < into.length) {
      const count = await new Promise<number>((resolve, reject) => {
        fs.read(this.#descriptor, into, done, into.length - done, position + done, (error, bytes) =>
          error ? reject(error) : resolve(bytes),
        );
      });
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  async write(data: Uint8Array | readonly Uint8Array[], position: number): Promise<void> {
    let parts: readonly Uint8Array[] = data instanceof Uint8Array ? [data] : data;
    let at = position;
    while (parts.length > 0) {
      const group = parts.length > MAX_PARTS ? parts.slice(0, MAX_PARTS) : parts;
      const written = await this.#writeSome(group, at);
      at += written;
      parts = dropBytes(parts, written);
    }
  }

  #writeSome(parts: readonly Uint8Array[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, bytes: number) => (error ? reject(error) : resolve(bytes));
      const [first] = parts;
      if (parts.length === 1 && first) fs.write(this.#descriptor, first, 0, first.length, position, done);
      else fs.writev(this.#descriptor, parts, position, done);
    });
  }

  sync(): Promise<void> {
    return call((done) => fs.fdatasync(this.#descriptor, done));
  }

  truncate(size: number): Promise<void> {
    return call((done) => fs.ftruncate(this.#descriptor, size, done));
  }

  info(): Promise<FileInfo> {
    return new Promise((resolve, reject) => {
      fs.fstat(this.#descriptor, (error, stats) => (error ? reject(error) : resolve(toInfo(stats))));
    });
  }

  close(): Promise<void> {
    // The number is reused by the system right after: a second close could hit somebody else's file.
    this.#closing ??= call((done) => {
      const descriptor = this.#descriptor;
      this.#descriptor = -1;
      fs.close(descriptor, done);
    });
    return this.#closing;
  }
}

/** The parts without their first `count` bytes; empty parts at the front go too. */
function dropBytes(parts: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count;
  let index = 0;
  for (; index < parts.length; index++) {
    const length = parts[index]!.length;
    if (length > left) break;
    left -= length;
  }
  const rest = parts.slice(index);
  if (left > 0) rest[0] = rest[0]!.subarray(left);
  return rest;
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o644, (error, descriptor) => (error ? reject(error) : resolve(descriptor)));
  });
}

function call(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}

async function infoOf(path: string): Promise<FileInfo | undefined> {
  try {
    return toInfo(await fsp.stat(path));
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function toInfo(stats: fs.Stats): FileInfo {
  return { kind: kindOf(stats), size: stats.size, modifiedMs: stats.mtimeMs };
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): FileInfo["kind"] {
  return entry.isFile() ? "file" : entry.isDirectory() ? "directory" : "other";
}

async function syncDirectory(path: string): Promise<void> {
  // Windows has no way to sync a directory, and refuses to open one.
  if (process.platform === "win32") return;
  const handle = await fsp.open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
