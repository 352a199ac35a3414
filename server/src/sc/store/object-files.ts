// The objects of one kind on disk: `<dir>/<Kind>/<key>.yaml`, the layout of Fluvio's local mode. A file that
// cannot be read is reported and left alone; it never hides the others.
import { join } from "node:path";
import type { Disk } from "../../env/types.ts";
import { errorText, ServerError } from "../../error.ts";
import { fileNameOf, isObjectFile, isTemporaryFile } from "./file-name.ts";
import type { StoredObject } from "./object-store.ts";
import { fields, nullable, type Shape, text, u64, via } from "./shape.ts";
import { parseYaml, stringifyYaml, Tagged, type YamlValue } from "./yaml.ts";

/** The version tag in front of every document. */
const VERSION_TAG = "1.0.0";
/** A metadata file larger than this is not read. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const READ_AT_ONCE = 16;

/** Who owns whom, as written into `meta`; derived from the keys, so it is not read back. */
export interface Relations {
  /** Kind and key of the owner. */
  parent?: string;
  children?: { kind: string; keys: string[] };
}

/** How the objects of one kind are written. */
export interface ObjectShape<S, T> {
  /** Directory name: the label of the kind. */
  label: string;
  spec: Shape<S>;
  status: Shape<T>;
  relations?: (object: StoredObject<S, T>) => Relations;
}

/** A file that could not be read. */
export interface MetadataProblem {
  readonly kind: string;
  readonly file: string;
  readonly message: string;
}

export class ObjectFiles<S, T> {
  readonly #disk: Disk;
  readonly #directory: string;
  readonly #shape: ObjectShape<S, T>;
  readonly #unreadable = new Set<string>();

  /** `directory`: the metadata directory, which holds one directory per kind. */
  constructor(disk: Disk, directory: string, shape: ObjectShape<S, T>) {
    this.#disk = disk;
    this.#directory = join(directory, shape.label);
    this.#shape = shape;
  }

  /** Whether the file of this key exists but could not be read. */
  isUnreadable(key: string): boolean {
    return this.#unreadable.has(fileNameOf(key) ?? "");
  }

  /** Reads every object, in the order of their file names. */
  async load(): Promise<{ objects: StoredObject<S, T>[]; problems: MetadataProblem[] }> {
    await this.#disk.mkdir(this.#directory);
    const entries = await this.#disk.readdir(this.#directory);
    for (const { name } of entries) {
      // A run that was killed has left half of a file; nobody else writes here, and the whole one is still to come.
      if (isTemporaryFile(name)) await this.#disk.remove(join(this.#directory, name)).catch(() => {});
    }
    const names = entries.filter((e) => e.kind === "file" && isObjectFile(e.name)).map((e) => e.name);
    const objects: StoredObject<S, T>[] = [];
    const problems: MetadataProblem[] = [];
    for (let at = 0; at < names.length; at += READ_AT_ONCE) {
      const batch = names.slice(at, at + READ_AT_ONCE);
      for (const result of await Promise.all(batch.map((name) => this.#read(name)))) {
        if ("object" in result) objects.push(result.object);
        else problems.push(result);
      }
    }
    return { objects, problems };
  }

  /** Replaces the object's file; resolves when the new content outlives a power cut. */
  async save(object: StoredObject<S, T>): Promise<void> {
    const name = this.#nameOf(object.key);
    const path = join(this.#directory, name);
    // An unreadable file may be all that is left of something valuable.
    if (this.#unreadable.delete(name)) await this.#disk.rename(path, `${path}.bad`);
    await this.#disk.writeFileAtomic(path, this.render(object));
  }

  /** Removes the object's file; an absent one is fine. */
  async remove(key: string): Promise<void> {
    await this.#disk.remove(join(this.#directory, this.#nameOf(key)));
    await this.#disk.syncDirectory(this.#directory);
  }

  /** The content of the object's file. */
  render(object: StoredObject<S, T>): string {
    const { spec, status } = this.#shape;
    const map = new Map<string, YamlValue>([
      ["meta", this.#meta(object)],
      ["key", object.key],
      ["status", status.write(object.status)],
      ["spec", spec.write(object.spec)],
    ]);
    return stringifyYaml(new Tagged(VERSION_TAG, map));
  }

  /** The object in a file's content. @throws if it is damaged or of an unknown version. */
  parse(content: string): StoredObject<S, T> {
    const document = parseYaml(content);
    if (!(document instanceof Tagged)) throw new Error(`no version tag, expected !${VERSION_TAG}`);
    if (document.tag !== VERSION_TAG)
      throw new Error(`unknown version !${document.tag}, expected !${VERSION_TAG}`);
    const envelope = fields<{ meta: { revision: bigint }; key: string; status: T; spec: S }>({
      meta: { shape: fields({ revision: { shape: u64 } }) },
      key: { shape: text },
      status: { shape: this.#shape.status },
      spec: { shape: this.#shape.spec },
    }).read(document.value, this.#shape.label);
    return {
      key: envelope.key,
      spec: envelope.spec,
      status: envelope.status,
      revision: Number(BigInt.asUintN(53, envelope.meta.revision)),
    };
  }

  async #read(name: string): Promise<{ object: StoredObject<S, T> } | MetadataProblem> {
    const file = join(this.#directory, name);
    try {
      const info = await this.#disk.info(file);
      if (info !== undefined && info.size > MAX_FILE_BYTES)
        throw new Error(`${info.size} bytes are too many`);
      const object = this.parse(
        new TextDecoder("utf-8", { fatal: true }).decode(await this.#disk.readFile(file)),
      );
      if (fileNameOf(object.key) !== name)
        throw new Error(`the key "${object.key}" does not belong to this file`);
      return { object };
    } catch (error) {
      this.#unreadable.add(name);
      return { kind: this.#shape.label, file, message: errorText(error) };
    }
  }

  #nameOf(key: string): string {
    const name = fileNameOf(key);
    if (name === null)
      throw new ServerError("SMDK_METADATA_KEY", `"${key.slice(0, 80)}" cannot be used as a key`);
    return name;
  }

  #meta(object: StoredObject<S, T>): YamlValue {
    const { parent, children } = this.#shape.relations?.(object) ?? {};
    const meta = item(object.key, object.revision);
    if (parent !== undefined) meta.set("parent", item(parent, 0));
    if (children !== undefined && children.keys.length > 0) {
      const items = children.keys.map((key) => item(key, 0));
      meta.set("children", new Map([[children.kind, items]]));
    }
    return meta;
  }
}

function item(id: string, revision: number): Map<string, YamlValue> {
  return new Map<string, YamlValue>([
    ["id", id],
    ["revision", revision],
  ]);
}

/** Statuses that were never written read back as `initial`. */
export function statusOr<T>(shape: Shape<T>, initial: T): Shape<T> {
  return via(
    nullable(shape),
    (status) => status,
    (status) => status ?? initial,
  );
}
