/** The real disk, with failures on demand. */

import type { Disk, File } from "../../src/env/index.ts";

export interface Fault {
  /** Errno-style code of the failure. */
  readonly code: string;
  /** Which calls fail: the operation, and the file's name. */
  readonly on: (operation: "write" | "truncate" | "sync" | "open" | "remove", path: string) => boolean;
  /** A failing write leaves this many bytes behind. Default 0. */
  readonly partialBytes?: number;
}

export interface FaultyDisk extends Disk {
  fault: Fault | undefined;
}

export function faultyDisk(real: Disk): FaultyDisk {
  const fail = (operation: Parameters<Fault["on"]>[0], path: string): void => {
    const { fault } = disk;
    if (fault?.on(operation, path))
      throw Object.assign(new Error(`${operation}: ${fault.code}`), { code: fault.code });
  };
  const disk: FaultyDisk = {
    ...real,
    fault: undefined,
    async open(path, mode) {
      fail("open", path);
      const file = await real.open(path, mode);
      const faulty: File = {
        read: (into, position) => file.read(into, position),
        async write(parts, position) {
          try {
            fail("write", path);
          } catch (error) {
            const all = parts instanceof Uint8Array ? parts : Buffer.concat(parts);
            await file.write(all.subarray(0, disk.fault?.partialBytes ?? 0), position);
            throw error;
          }
          await file.write(parts, position);
        },
        async sync() {
          fail("sync", path);
          await file.sync();
        },
        async truncate(size) {
          fail("truncate", path);
          await file.truncate(size);
        },
        info: () => file.info(),
        close: () => file.close(),
      };
      return faulty;
    },
    async remove(path) {
      fail("remove", path);
      await real.remove(path);
    },
  };
  return disk;
}
