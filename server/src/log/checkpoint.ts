/** `replication.chk`: the high watermark as 8 big-endian bytes, empty until there is one to keep. */

import { join } from "node:path";
import type { Disk } from "../env/index.ts";

const FILE_NAME = "replication.chk";

export class Checkpoint {
  readonly #disk: Disk;
  readonly #path: string;
  #stored: bigint | undefined;

  private constructor(disk: Disk, path: string, stored: bigint | undefined) {
    this.#disk = disk;
    this.#path = path;
    this.#stored = stored;
  }

  /** A missing or short file counts as "none yet". */
  static async open(disk: Disk, directory: string): Promise<Checkpoint> {
    const path = join(directory, FILE_NAME);
    const file = await disk.open(path, "create");
    try {
      const bytes = new Uint8Array(8);
      const filled = await file.read(bytes, 0);
      const stored = filled === 8 ? new DataView(bytes.buffer).getBigInt64(0) : undefined;
      return new Checkpoint(disk, path, stored);
    } finally {
      await file.close();
    }
  }

  get stored(): bigint | undefined {
    return this.#stored;
  }

  /** Writes the watermark if it differs from the one stored; `sync` waits for the disk. */
  async store(highWatermark: bigint, sync: boolean): Promise<void> {
    if (this.#stored === highWatermark) return;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, highWatermark);
    const file = await this.#disk.open(this.#path, "create");
    try {
      await file.write(bytes, 0);
      if (sync) await file.sync();
    } finally {
      await file.close();
    }
    this.#stored = highWatermark;
  }
}
