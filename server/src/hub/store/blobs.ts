/** The content-addressed files of a hub: `blobs/sha256/ab/abcdef…`, each written whole or not at all. */
import { join } from "node:path";
import { type Digest, digestOf } from "@smdk/packages";
import type { Disk } from "../../env/index.ts";

const CHUNK_BYTES = 128 * 1024;

export class BlobStore {
  readonly #disk: Disk;
  readonly #root: string;
  /** Groups of writes under way. */
  #writing = 0;

  constructor(disk: Disk, dir: string) {
    this.#disk = disk;
    this.#root = join(dir, "blobs", "sha256");
  }

  async open(): Promise<void> {
    await this.#disk.mkdir(this.#root);
  }

  /**
   * Several blobs that belong together: when `work` fails, those that came with it are removed again. With others
   * writing at the same time they stay until the next start, since one of those may have found them there.
   */
  async together<T>(
    work: (put: (bytes: Uint8Array) => Promise<Digest>) => Promise<T>,
    isUsed: (digest: Digest) => boolean,
  ): Promise<T> {
    const added: Digest[] = [];
    this.#writing++;
    try {
      return await work(async (bytes) => {
        const before = await this.size(digestOf(bytes));
        const digest = await this.put(bytes);
        if (before === undefined) added.push(digest);
        return digest;
      });
    } catch (error) {
      for (const digest of this.#writing === 1 ? added : []) {
        if (!isUsed(digest)) await this.#disk.remove(this.#path(digest));
      }
      throw error;
    } finally {
      this.#writing--;
    }
  }

  /** Keeps the bytes; resolves when they outlive a power cut. Bytes that are there already cost nothing. */
  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = digestOf(bytes);
    const path = this.#path(digest);
    // Blobs appear by rename, so one that has the size is whole.
    if ((await this.#disk.info(path))?.size === bytes.length) return digest;
    await this.#disk.mkdir(join(path, ".."));
    await this.#disk.writeFileAtomic(path, bytes);
    return digest;
  }

  /** Size in bytes, or undefined. */
  async size(digest: Digest): Promise<number | undefined> {
    return (await this.#disk.info(this.#path(digest)))?.size;
  }

  async read(digest: Digest): Promise<Uint8Array> {
    return await this.#disk.readFile(this.#path(digest));
  }

  /** The bytes from `start` up to, not including, `end`, as they are asked for. */
  stream(digest: Digest, start: number, end: number): ReadableStream<Uint8Array> {
    const path = this.#path(digest);
    const disk = this.#disk;
    let file: Awaited<ReturnType<Disk["open"]>> | undefined;
    let at = start;
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            file ??= await disk.open(path, "read");
            const chunk = new Uint8Array(Math.min(CHUNK_BYTES, end - at));
            const count = chunk.length === 0 ? 0 : await file.read(chunk, at);
            at += count;
            if (count > 0) controller.enqueue(chunk.subarray(0, count));
            if (at >= end || count < chunk.length) {
              await file.close();
              controller.close();
            }
          } catch (error) {
            await file?.close();
            controller.error(error);
          }
        },
        async cancel() {
          await file?.close();
        },
      },
      { highWaterMark: 1 },
    );
  }

  /** Removes what no record names, and what an interrupted write left behind. */
  async sweep(isUsed: (digest: Digest) => boolean): Promise<number> {
    let removed = 0;
    for (const { name: folder } of await this.#disk.readdir(this.#root)) {
      for (const { name } of await this.#disk.readdir(join(this.#root, folder))) {
        if (isUsed(`sha256:${name}`)) continue;
        await this.#disk.remove(join(this.#root, folder, name));
        removed++;
      }
    }
    return removed;
  }

  #path(digest: Digest): string {
    const hex = digest.slice("sha256:".length);
    return join(this.#root, hex.slice(0, 2), hex);
  }
}
