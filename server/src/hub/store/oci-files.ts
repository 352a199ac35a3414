/** What came in through the registry's face besides packages: manifests, tags and blobs of a repository. */
import { join } from "node:path";
import { type Digest, isDigest, sha256Hex } from "@smdk/packages";
import * as z from "zod";
import type { Disk } from "../../env/index.ts";
import { ServerError } from "../../error.ts";

const digest = z.string().refine((text): text is Digest => isDigest(text));

const repositorySchema = z.object({
  /** Its name, where the file's name could not hold it. */
  name: z.string().optional(),
  tags: z.record(z.string(), digest),
  manifests: z.record(
    z.string(),
    z.object({
      mediaType: z.string(),
      size: z.number(),
      subject: digest.nullable(),
      artifactType: z.string().nullable(),
      annotations: z.record(z.string(), z.string()),
      blobs: z.array(digest),
    }),
  ),
  /** Blobs that were uploaded into this repository, with their sizes. */
  blobs: z.record(z.string(), z.number()),
});

/** File systems take 255 bytes; a colon is three of them here. */
const MAX_FILE_NAME = 200;

export type OciRepository = z.infer<typeof repositorySchema>;

export class OciFiles {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #repositories = new Map<string, OciRepository>();

  constructor(disk: Disk, dir: string) {
    this.#disk = disk;
    this.#root = join(dir, "oci");
  }

  async open(): Promise<void> {
    await this.#disk.mkdir(this.#root);
    for (const { name } of await this.#disk.readdir(this.#root)) {
      const path = join(this.#root, name);
      if (!name.endsWith(".json")) {
        await this.#disk.remove(path);
        continue;
      }
      try {
        const text = Buffer.from(await this.#disk.readFile(path)).toString("utf8");
        const found = repositorySchema.parse(JSON.parse(text));
        this.#repositories.set(found.name ?? decodeURIComponent(name.slice(0, -".json".length)), found);
      } catch (cause) {
        throw new ServerError("SMDK_HUB_STORE", `${path} is damaged`, { cause });
      }
    }
  }

  get(repository: string): OciRepository {
    return this.#repositories.get(repository) ?? { tags: {}, manifests: {}, blobs: {} };
  }

  /** Replaces what is known of a repository, on disk and here, together. */
  async put(repository: string, next: OciRepository): Promise<void> {
    const plain = encodeURIComponent(repository);
    const fits = plain.length <= MAX_FILE_NAME;
    const [file, content] = fits
      ? [plain, next]
      : [sha256Hex(Buffer.from(repository)), { ...next, name: repository }];
    await this.#disk.writeFileAtomic(join(this.#root, `${file}.json`), JSON.stringify(content));
    this.#repositories.set(repository, next);
  }

  names(): string[] {
    return [...this.#repositories.keys()];
  }

  /** Every blob and manifest that a repository holds. */
  *digests(): IterableIterator<Digest> {
    for (const { manifests, blobs } of this.#repositories.values()) {
      yield* Object.keys(manifests) as Digest[];
      yield* Object.keys(blobs) as Digest[];
    }
  }
}
