/** Packages in container registries: `oci://host/path:tag`, over the distribution protocol. */
import {
  type Descriptor,
  type Digest,
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
import { beginningOf, bodyOf, plainText } from "./body.ts";
import { PACKAGE_LIMITS } from "./limits.ts";
import { knownHub } from "./settings.ts";

const CHUNK_BYTES = 4 * 1024 * 1024;
const RETRIES = 4;
const ANSWER = "SMDK_OCI_ANSWER";
const MAX_JSON_BYTES = 4 * 1024 * 1024;
/** Of one list. */
const MAX_PAGES = 200;

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
  options: { password?: string | undefined; seen?: (bytes: number, total: number) => void } = {},
): Promise<{ digest: string }> {
  const registry = new Registry(target, options.password);
  const { seen = () => undefined } = options;
  const { manifest, referrers, blobs } = ociArtifacts(ipkg, pkg, module);
  for (const blob of blobs) {
    const sent = await registry.pushBlob(blob, seen);
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

/**
 * A package that a lock file names, by what it is. Of secrets only the login to that registry is sent: whoever wrote
 * the file could name any.
 */
export async function pullLocked(source: OciReference, digest: Digest): Promise<Uint8Array> {
  const secret = knownHub(source.base).token ?? null;
  return await new Registry(source, secret).blob(digest).catch((error: unknown) => {
    if (secret !== null || (error as { exit?: unknown }).exit !== "denied") throw error;
    throw new CliError("denied", messageOf(error), {
      code: ANSWER,
      hint: `SMDK_OCI_PASSWORD goes to places that you name: smdk hub download oci://… fetches it once, and it is kept`,
    });
  });
}

/** All tags of a repository; none when there is no such repository. */
export async function tagsAt(place: OciReference): Promise<string[]> {
  return await new Registry(place).tags();
}

class Registry {
  readonly #base: string;
  readonly #repository: string;
  readonly #basic: string | undefined;
  /** What is sent along: the password, or the token that the registry gave for it. */
  #authorization: string | undefined;

  /** `secret` comes before those of the environment and of the login; null is none. */
  constructor({ base, repository }: OciReference, secret?: string | null | undefined) {
    this.#base = base;
    this.#repository = repository;
    const { SMDK_OCI_USER, SMDK_OCI_PASSWORD = knownHub(base).token } = process.env;
    const user = secret === undefined ? (SMDK_OCI_USER ?? "token") : "token";
    const password = secret === undefined ? SMDK_OCI_PASSWORD : secret;
    if (password !== undefined && password !== null) {
      this.#basic = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
      this.#authorization = this.#basic;
    }
  }

  /** False when it was there. Large blobs go in pieces, and go on where the line broke. */
  async pushBlob(
    { digest, bytes }: OciObject,
    seen: (bytes: number, total: number) => void,
  ): Promise<boolean> {
    const there = await this.#send("HEAD", `/blobs/${digest}`, [200, 401, 403, 404]);
    if (there.status === 200) return false;
    const begun = await this.#send("POST", "/blobs/uploads/", [202]);
    let location = this.#location(begun);
    let at = 0;
    for (let breaks = 0; bytes.length - at > CHUNK_BYTES; ) {
      const end = at + CHUNK_BYTES;
      try {
        const patched = await this.#send("PATCH", location, [202], bytes.subarray(at, end), {
          "content-type": "application/octet-stream",
          "content-range": `${at}-${end - 1}`,
        });
        location = this.#location(patched);
        at = end;
      } catch (error) {
        if ((error as { code?: string }).code !== "SMDK_UNREACHABLE" || ++breaks > RETRIES) throw error;
        await new Promise((done) => setTimeout(done, 200 * 2 ** breaks));
        // The registry knows how much of it arrived.
        const asked = await this.#send("GET", location, [204]);
        location = this.#location(asked);
        const last = /^(?:bytes=)?0-(\d+)$/.exec(asked.headers.get("range") ?? "")?.[1];
        at = last === undefined || last === "0" ? 0 : Number(last) + 1;
      }
      seen(at, bytes.length);
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

  async tags(): Promise<string[]> {
    const found: string[] = [];
    let path: string | undefined = "/tags/list";
    for (let page = 0; path !== undefined && page < MAX_PAGES; page++) {
      const answer: Response = await this.#send("GET", path, [200, 401, 404]);
      if (answer.status !== 200) break;
      const { tags } = parse(await bodyOf(answer, MAX_JSON_BYTES, ANSWER)) as { tags?: unknown };
      if (Array.isArray(tags)) found.push(...tags.filter((tag) => typeof tag === "string"));
      path = this.#nextPage(answer);
    }
    return found;
  }

  /** Where the list goes on, as long as that is at the same registry. */
  #nextPage(answer: Response): string | undefined {
    const next = /<([^>]{1,2000})>\s*;\s*rel="?next"?/.exec(answer.headers.get("link") ?? "")?.[1];
    if (next === undefined || !URL.canParse(next, answer.url)) return undefined;
    const url = new URL(next, answer.url);
    return url.origin === new URL(this.#base).origin ? url.href : undefined;
  }

  async manifest(reference: string): Promise<Uint8Array> {
    const answer = await this.#send("GET", `/manifests/${reference}`, [200], undefined, {
      accept: `${OCI_MANIFEST}, ${OCI_INDEX}`,
    });
    const bytes = await bodyOf(answer, MAX_JSON_BYTES, ANSWER);
    if (isDigest(reference) && digestOf(bytes) !== reference) throw wrongDigest(reference);
    return bytes;
  }

  async blob(digest: string): Promise<Uint8Array> {
    const bytes = await bodyOf(
      await this.#send("GET", `/blobs/${digest}`, [200]),
      PACKAGE_LIMITS.packageBytes,
      ANSWER,
    );
    if (digestOf(bytes) !== digest) throw wrongDigest(digest);
    return bytes;
  }

  async referrers(digest: string, artifactType: string): Promise<Descriptor[]> {
    const answer = await this.#send("GET", `/referrers/${digest}`, [200, 400, 404, 405]);
    const list =
      answer.status === 200
        ? ((parse(await bodyOf(answer, MAX_JSON_BYTES, ANSWER)) as { manifests?: Descriptor[] }).manifests ??
          [])
        : await this.#referrersTag(digest.replace(":", "-"));
    return list.filter((each) => each.artifactType === artifactType);
  }

  async #referrersTag(tag: string): Promise<Descriptor[]> {
    const answer = await this.#send("GET", `/manifests/${tag}`, [200, 404], undefined, { accept: OCI_INDEX });
    if (answer.status === 404) return [];
    return (
      (parse(await bodyOf(answer, MAX_JSON_BYTES, ANSWER)) as { manifests?: Descriptor[] }).manifests ?? []
    );
  }

  /** Gets a token where the registry's answer says that they are given; false when it does not say so. */
  async #takeToken(answer: Response): Promise<boolean> {
    const challenge = bearerChallenge(answer.headers.get("www-authenticate"));
    const realm = challenge?.get("realm");
    if (challenge === undefined || realm === undefined || !URL.canParse(realm)) return false;
    const url = new URL(realm);
    // A password in clear goes to this machine at most.
    const isSafe = url.protocol === "https:" || new URL(this.#base).protocol === "http:";
    if (!isSafe) return false;
    for (const key of ["service", "scope"]) {
      const value = challenge.get(key);
      if (value !== undefined) url.searchParams.set(key, value);
    }
    const given = await this.#fetch(url.href, {
      headers: { ...(this.#basic !== undefined && { authorization: this.#basic }) },
    });
    if (!given.ok) return false;
    const body = parse(await bodyOf(given, MAX_JSON_BYTES, ANSWER)) as {
      token?: unknown;
      access_token?: unknown;
    };
    const token = body.token ?? body.access_token;
    if (typeof token !== "string") return false;
    this.#authorization = `Bearer ${token}`;
    return true;
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      throw new CliError("unreachable", `no answer from the registry ${this.#base}`, {
        code: "SMDK_UNREACHABLE",
        causes: [messageOf((error as { cause?: unknown }).cause ?? error)],
      });
    }
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
    const ask = (): Promise<Response> =>
      this.#fetch(url, {
        method,
        headers: {
          ...headers,
          ...(own && this.#authorization !== undefined && { authorization: this.#authorization }),
        },
        ...(body !== undefined && { body: body as NonNullable<RequestInit["body"]> }),
      });
    let answer = await ask();
    if (answer.status === 401 && own && (await this.#takeToken(answer))) answer = await ask();
    if (expected.includes(answer.status)) return answer;
    const text = plainText(await beginningOf(answer, 500));
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

/** The values in `Bearer realm="…",service="…",scope="…"`; undefined for any other challenge. */
export function bearerChallenge(header: string | null): Map<string, string> | undefined {
  if (header === null || !/^bearer /i.test(header)) return undefined;
  return new Map([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]));
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
