/** What the hub knows about each version, one JSON file per version; a version exists when its file does. */
import { join } from "node:path";
import { type Digest, isDigest } from "@smdk/packages";
import * as z from "zod";
import type { Disk } from "../../env/index.ts";
import { ServerError } from "../../error.ts";

const digest = z.string().refine((text): text is Digest => isDigest(text));

const descriptor = z.object({
  mediaType: z.string(),
  digest,
  size: z.number(),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const versionSchema = z.object({
  group: z.string(),
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  repository: z.string().nullable(),
  visibility: z.enum(["private", "public"]),
  /** Files in the package, and the tags its author gave it. */
  manifest: z.array(z.string()),
  metaTags: z.array(z.object({ tag: z.string(), value: z.string() })),
  /** Of the package. */
  digest,
  size: z.number(),
  wasm: z.object({ digest, size: z.number(), kind: z.string() }),
  readme: digest.nullable(),
  params: z.array(z.object({ name: z.string(), description: z.string().nullable(), optional: z.boolean() })),
  signers: z.array(z.string()),
  /** Whether a provenance by one of the signers came with it. */
  provenance: z.boolean(),
  publisher: z.string(),
  publishedMs: z.number(),
  yanked: z.object({ reason: z.string(), by: z.string(), atMs: z.number() }).nullable(),
  /** Counts the changes of this record; begins with 1. */
  revision: z.number().int(),
  oci: z.object({ manifest: descriptor, referrers: z.array(descriptor), blobs: z.array(digest) }),
});

export type VersionRecord = z.infer<typeof versionSchema>;

const tagsSchema = z.object({ revision: z.number().int(), tags: z.record(z.string(), z.string()) });

export type TagsRecord = z.infer<typeof tagsSchema>;

const TAGS_FILE = "tags.json";

export class RecordFiles {
  readonly #disk: Disk;
  readonly #root: string;

  constructor(disk: Disk, dir: string) {
    this.#disk = disk;
    this.#root = join(dir, "packages");
  }

  async writeVersion(record: VersionRecord): Promise<void> {
    const folder = await this.#folder(record.group, record.name);
    await this.#disk.writeFileAtomic(
      join(folder, `${fileName(record.version)}.json`),
      JSON.stringify(record),
    );
  }

  async writeTags(group: string, name: string, tags: TagsRecord): Promise<void> {
    await this.#disk.writeFileAtomic(join(await this.#folder(group, name), TAGS_FILE), JSON.stringify(tags));
  }

  /** Everything there is. Leftovers of interrupted writes are removed. @throws `SMDK_HUB_STORE` for a damaged file */
  async readAll(
    onVersion: (record: VersionRecord) => void,
    onTags: (group: string, name: string, tags: TagsRecord) => void,
  ): Promise<void> {
    await this.#disk.mkdir(this.#root);
    for (const group of await this.#folders(this.#root)) {
      for (const name of await this.#folders(join(this.#root, group))) {
        const folder = join(this.#root, group, name);
        for (const entry of await this.#disk.readdir(folder)) {
          const path = join(folder, entry.name);
          if (entry.name.endsWith(".tmp")) await this.#disk.remove(path);
          else if (entry.name === TAGS_FILE) {
            onTags(plainName(group), plainName(name), await this.#read(path, tagsSchema));
          } else onVersion(await this.#read(path, versionSchema));
        }
      }
    }
  }

  async #read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    try {
      return schema.parse(JSON.parse(Buffer.from(await this.#disk.readFile(path)).toString("utf8")));
    } catch (cause) {
      throw new ServerError("SMDK_HUB_STORE", `${path} is damaged`, {
        hint: "bring the file back from a backup",
        cause,
      });
    }
  }

  async #folders(path: string): Promise<string[]> {
    const entries = await this.#disk.readdir(path);
    return entries.filter(({ kind }) => kind === "directory").map(({ name }) => name);
  }

  async #folder(group: string, name: string): Promise<string> {
    const path = join(this.#root, fileName(group), fileName(name));
    await this.#disk.mkdir(path);
    return path;
  }
}

/** Names may have colons, which not every file system takes. */
function fileName(text: string): string {
  return text.replaceAll(":", "%3A");
}

function plainName(file: string): string {
  return file.replaceAll("%3A", ":");
}
