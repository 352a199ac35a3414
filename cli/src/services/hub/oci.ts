/** Packages in container registries: `oci://host/path:tag`, over the distribution protocol. */
import {
  type Descriptor,
  digestOf,
  IPKG_TYPE,
  isDigest,
  OCI_INDEX,
  OCI_MANIFEST,
  type OciObject,
  ociArtifacts,
  type Package,
  type PackagedSmartModule,
  referrerDescriptor,
} from "@smdk/packages";
import { CliError, messageOf, usage } from "../../errors.ts";
import { knownHub } from "./settings.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
const MAX_JSON_BYTES = 4 * 1024 * 1024;
const MAX_BLOB_BYTES = 64 * 1024 * 1024;

export interface OciReference {
  /** `http://host:port` or `https://host`. */
  readonly base: string;
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
}

/** Registries on this machine are spoken to without TLS, as other tools do. @throws a usage error */
export function parseOciReference(text: string): OciReference {
  const found =
    /^oci:\/\/([^/]+)\/([a-z0-9][a-z0-9._/:-]*?)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127})|@(sha256:[0-9a-f]{64}))$/.exec(
      text,
    );
  if (found === null) throw usage(`${text} is no place in a registry`, "oci://registry/path:tag");
  const [, host = "", repository = "", tag, digest] = found;
  const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host);
  return { base: `${isLocal ? "http" : "https"}://${host}`, repository, reference: tag ?? digest! };
}

/** Pushes the module as a wasm artifact, and the package and its provenance as artifacts that refer to it. */
export async function pushPackage(
  target: OciReference,
  ipkg: Uint8Array,
  pkg: Package,
  module: PackagedSmartModule,
  tell: (line: string) => void,
): Promise<{ digest: string }> {
  const registry = new Registry(target);
  const { manifest, referrers, blobs } = ociArtifacts(ipkg, pkg, module);
  for (const blob of blobs) {
    const sent = await registry.pushBlob(blob);
    tell(`${sent ? "pushed" : "already there:"} ${blob.mediaType}, ${blob.bytes.length} bytes`);
  }
  // What refers to the module comes first: whoever finds the tag finds all of it.
  let native = true;
  for (const referrer of referrers)
    native = (await registry.pushManifest(referrer.digest, referrer)) && native;
  if (!native) await registry.pushReferrersTag(manifest, referrers);
  await registry.pushManifest(target.reference, manifest);
  return { digest: manifest.digest };
}

/** The package bytes behind a tag. What comes is checked against its digests; the signature is the caller's to check. */
export async function pullPackage(source: OciReference): Promise<Uint8Array> {
  const registry = new Registry(source);
  const manifest = await registry.manifest(source.reference);
  const referrers = await registry.referrers(digestOf(manifest), IPKG_TYPE);
  const [first] = referrers;
  if (first === undefined) {
    throw new CliError("failed", `no package is kept at ${source.repository}:${source.reference}`, {
      code: "SMDK_OCI_NO_PACKAGE",
      hint: "a bare module has no signature; push it with smdk publish",
    });
  }
  const referrer = parse(await registry.manifest(first.digest)) as { layers?: Descriptor[] };
  const layer = referrer.layers?.find(({ mediaType }) => mediaType === IPKG_TYPE);
  if (layer === undefined)
    throw new CliError("failed", "the registry's package has no content", { code: "SMDK_OCI_NO_PACKAGE" });
  return await registry.blob(layer.digest);
}

class Registry {
  readonly #base: string;
  readonly #repository: string;
  readonly #authorization: string | undefined;

  constructor({ base, repository }: OciReference) {
    this.#base = base;
    this.#repository = repository;
    const { SMDK_OCI_USER: user = "token", SMDK_OCI_PASSWORD: password = knownHub(base).token } = process.env;
    if (password !== undefined) {
      this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    }
  }

  /** False when it was there. Large blobs go in pieces. */
  async pushBlob({ digest, bytes }: OciObject): Promise<boolean> {
    const there = await this.#send("HEAD", `/blobs/${digest}`, [200, 401, 403, 404]);
    if (there.status === 200) return false;
    const begun = await this.#send("POST", "/blobs/uploads/", [202]);
    let location = this.#location(begun);
    let at = 0;
    for (; bytes.length - at > CHUNK_BYTES; at += CHUNK_BYTES) {
      const end = at + CHUNK_BYTES;
      const patched = await this.#send("PATCH", location, [202], bytes.subarray(at, end), {
        "content-type": "application/octet-stream",
        "content-range": `${at}-${end - 1}`,
      });
      location = this.#location(patched);
    }
    const url = new URL(location);
    url.searchParams.set("digest", digest);
    await this.#send("PUT", url.href, [201], bytes.subarray(at), {
      "content-type": "application/octet-stream",
    });
    return true;
  }

  /** False when the manifest refers to another one and the registry does not keep track of that. */
  async pushManifest(reference: string, { bytes, mediaType }: OciObject): Promise<boolean> {
    const answer = await this.#send("PUT", `/manifests/${reference}`, [201], bytes, {
      "content-type": mediaType,
    });
    return answer.headers.get("oci-subject") !== null;
  }

  /** What registries without a list of referrers get instead: an index under a tag made of the digest. */
  async pushReferrersTag(subject: OciObject, referrers: readonly OciObject[]): Promise<void> {
    const tag = subject.digest.replace(":", "-");
    const known = await this.#referrersTag(tag);
    const all = new Map([...known, ...referrers.map(referrerDescriptor)].map((each) => [each.digest, each]));
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...all.values()] }),
    );
    await this.pushManifest(tag, { mediaType: OCI_INDEX, bytes, digest: digestOf(bytes) });
  }

  async manifest(reference: string): Promise<Uint8Array> {
    const answer = await this.#send("GET", `/manifests/${reference}`, [200], undefined, {
      accept: `${OCI_MANIFEST}, ${OCI_INDEX}`,
    });
    const bytes = await bodyOf(answer, MAX_JSON_BYTES);
    if (isDigest(reference) && digestOf(bytes) !== reference) throw wrongDigest(reference);
    return bytes;
  }

  async blob(digest: string): Promise<Uint8Array> {
    const bytes = await bodyOf(await this.#send("GET", `/blobs/${digest}`, [200]), MAX_BLOB_BYTES);
    if (digestOf(bytes) !== digest) throw wrongDigest(digest);
    return bytes;
  }

  async referrers(digest: string, artifactType: string): Promise<Descriptor[]> {
    const answer = await this.#send("GET", `/referrers/${digest}`, [200, 400, 404, 405]);
    const list =
      answer.status === 200
        ? ((parse(await bodyOf(answer, MAX_JSON_BYTES)) as { manifests?: Descriptor[] }).manifests ?? [])
        : await this.#referrersTag(digest.replace(":", "-"));
    return list.filter((each) => each.artifactType === artifactType);
  }

  async #referrersTag(tag: string): Promise<Descriptor[]> {
    const answer = await this.#send("GET", `/manifests/${tag}`, [200, 404], undefined, { accept: OCI_INDEX });
    if (answer.status === 404) return [];
    return (parse(await bodyOf(answer, MAX_JSON_BYTES)) as { manifests?: Descriptor[] }).manifests ?? [];
  }

  #location(answer: Response): string {
    return new URL(answer.headers.get("location") ?? "", `${this.#base}/`).href;
  }

  async #send(
    method: string,
    path: string,
    expected: readonly number[],
    body?: Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const url = path.startsWith("/") ? `${this.#base}/v2/${this.#repository}${path}` : path;
    // The password goes to the registry itself and to nobody it points to.
    const own = new URL(url).origin === new URL(this.#base).origin;
    let answer: Response;
    try {
      answer = await fetch(url, {
        method,
        headers: {
          ...headers,
          ...(own && this.#authorization !== undefined && { authorization: this.#authorization }),
        },
        ...(body !== undefined && { body: body as NonNullable<RequestInit["body"]> }),
      });
    } catch (error) {
      throw new CliError("unreachable", `no answer from the registry ${this.#base}`, {
        code: "SMDK_UNREACHABLE",
        causes: [messageOf((error as { cause?: unknown }).cause ?? error)],
      });
    }
    if (expected.includes(answer.status)) return answer;
    const text = (await answer.text()).slice(0, 500);
    const denied = answer.status === 401 || answer.status === 403;
    throw new CliError(
      denied ? "denied" : "failed",
      `the registry answered ${answer.status} to ${method} ${path}`,
      {
        code: "SMDK_OCI_ANSWER",
        causes: text === "" ? [] : [text],
        hint: denied ? "set SMDK_OCI_USER and SMDK_OCI_PASSWORD, or log in to the hub" : undefined,
      },
    );
  }
}

/** The whole body, as long as it is not larger than anything of its kind. */
async function bodyOf(answer: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new CliError("failed", "the registry's answer is too large", { code: "SMDK_OCI_ANSWER" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new CliError("failed", "the registry's answer is no JSON", { code: "SMDK_OCI_ANSWER" });
  }
}

function wrongDigest(digest: string): CliError {
  return new CliError("failed", `the registry sent other bytes than ${digest}`, { code: "SMDK_OCI_DIGEST" });
}
