/**
 * A disk in memory that can lose power: what was not synced is then there, or not, or in part, as chance has it.
 */

import { basename, dirname } from "node:path";
import type { Disk, File } from "../../src/env/index.ts";

interface Content {
  /** As programs see it. */
  bytes: Uint8Array;
  /** What the last sync made safe. */
  safe: Uint8Array;
  /** Writes and truncations since then. */
  unsafe: ({ at: number; data: Uint8Array } | { size: number })[];
}

export interface PowerCutDisk {
  /** The disk as one run of the machine sees it; after the next cut that view fails. */
  boot(): Disk;
  /** Cuts the power. `chance` gives numbers in [0, 1). */
  cut(chance: () => number): void;
}

export function powerCutDisk(): PowerCutDisk {
  let names = new Map<string, Content>();
  /** Directory entries as the last sync of their directory left them. */
  const safeNames = new Map<string, Content>();
  const missing = (path: string) => Object.assign(new Error(`no ${path}`), { code: "ENOENT" });

  const apply = (bytes: Uint8Array, change: Content["unsafe"][number], share: number): Uint8Array => {
    if ("size" in change) {
      const resized = new Uint8Array(change.size);
      resized.set(bytes.subarray(0, change.size));
      return resized;
    }
    const data = change.data.subarray(0, Math.round(change.data.length * share));
    if (data.length === 0) return bytes;
    const grown = new Uint8Array(Math.max(bytes.length, change.at + data.length));
    grown.set(bytes);
    grown.set(data, change.at);
    return grown;
  };

  const change = (content: Content, made: Content["unsafe"][number]) => {
    content.bytes = apply(content.bytes, made, 1);
    content.unsafe.push(made);
  };

  const openFile = (content: Content): File => ({
    async read(into, position) {
      const part = content.bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    async write(parts, position) {
      const data = parts instanceof Uint8Array ? parts.slice() : new Uint8Array(Buffer.concat(parts));
      change(content, { at: position, data });
    },
    async sync() {
      content.safe = content.bytes;
      content.unsafe = [];
    },
    async truncate(size) {
      change(content, { size });
    },
    info: async () => ({ kind: "file", size: content.bytes.length, modifiedMs: 0 }),
    close: async () => {},
  });

  let life = 0;

  const disk: Disk = {
    async open(path, mode) {
      let content = names.get(path);
      if (content === undefined) {
        if (mode === "read" || mode === "write") throw missing(path);
        content = { bytes: new Uint8Array(0), safe: new Uint8Array(0), unsafe: [] };
        names.set(path, content);
      }
      return openFile(content);
    },
    async readFile(path) {
      const content = names.get(path);
      if (content === undefined) throw missing(path);
      return content.bytes.slice();
    },
    async writeFileAtomic(path, content) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content.slice();
      const entry: Content = { bytes, safe: bytes, unsafe: [] };
      names.set(path, entry);
      safeNames.set(path, entry);
    },
    mkdir: async () => {},
    async readdir(path) {
      return [...names.keys()]
        .filter((name) => dirname(name) === path)
        .map((name) => ({ name: basename(name), kind: "file" as const }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async rename(from, to) {
      const content = names.get(from);
      if (content === undefined) throw missing(from);
      names.delete(from);
      names.set(to, content);
    },
    async remove(path) {
      names.delete(path);
    },
    async removeTree(path) {
      for (const name of [...names.keys()]) if (name.startsWith(`${path}/`)) names.delete(name);
    },
    exists: async (path) => names.has(path),
    async info(path) {
      const content = names.get(path);
      return content && { kind: "file", size: content.bytes.length, modifiedMs: 0 };
    },
    async syncDirectory(path) {
      for (const name of safeNames.keys())
        if (dirname(name) === path && !names.has(name)) safeNames.delete(name);
      for (const [name, content] of names) if (dirname(name) === path) safeNames.set(name, content);
    },
    lock: async () => ({ release: async () => {} }),
  };
  return {
    boot() {
      const mine = life;
      const alive = () => {
        if (life !== mine) throw Object.assign(new Error("no power"), { code: "EIO" });
      };
      const guarded = <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) => {
        return async (...args: Args) => {
          alive();
          return work(...args);
        };
      };
      return {
        ...disk,
        open: guarded(disk.open),
        remove: guarded(disk.remove),
        rename: guarded(disk.rename),
        writeFileAtomic: guarded(disk.writeFileAtomic),
        syncDirectory: guarded(disk.syncDirectory),
      };
    },
    cut(chance) {
      life += 1;
      const after = new Map<string, Content>();
      for (const name of new Set([...names.keys(), ...safeNames.keys()])) {
        const now = names.get(name);
        const safe = safeNames.get(name);
        const content = now === safe || chance() < 0.5 ? now : safe;
        if (content === undefined) continue;
        let bytes = content.safe;
        let cutOff = false;
        for (const made of content.unsafe) {
          // Writes reach the disk in order here, up to some point, and there in part.
          if (cutOff) break;
          cutOff = chance() < 0.3;
          bytes = apply(bytes, made, cutOff ? chance() : 1);
        }
        after.set(name, { bytes, safe: bytes, unsafe: [] });
      }
      names = after;
      safeNames.clear();
      for (const [name, content] of after) safeNames.set(name, content);
    },
  };
}
