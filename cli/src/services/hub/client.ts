/** Speaks a hub's JSON interface. */
import type { Digest, FuelFigures } from "@smdk/packages";
import { CliError, type ExitKind, messageOf } from "../../errors.ts";
import { beginningOf, bodyOf, plainText } from "./body.ts";
import { cachedPackage, PartialPackage } from "./package-cache.ts";
import { hasHub, hubAddress, type KnownHub, knownHub } from "./settings.ts";

export interface HubPackage {
  group: string;
  name: string;
  latest: string | null;
  kind: string;
  description: string;
  visibility: "private" | "public";
  publishedAt: string;
}

export interface HubVersion {
  group: string;
  name: string;
  version: string;
  description: string;
  license: string;
  visibility: "private" | "public";
  digest: `sha256:${string}`;
  size: number;
  wasm: { digest: string; size: number; kind: string };
  params: { name: string; description: string | null; optional: boolean }[];
  signers: string[];
  provenance: boolean;
  /** As the author measured it; null when not. */
  fuel: FuelFigures | null;
  publisher: string;
  publishedAt: string;
  yanked: { reason: string; by: string; at: string } | null;
  readme?: string | null;
}

const RETRIES = 3;

export class HubClient {
  readonly address: string;
  readonly known: KnownHub;
  /** Whether the user means this hub; a lock file may come from anybody. */
  readonly #isNamed: boolean;

  /**
   * `flag` as for `hubAddress`. The token is that of the login to this hub; before it comes `SMDK_HUB_TOKEN`, except
   * for a hub that only a lock file names (`fromLock`).
   */
  constructor(flag: string | undefined, { fromLock = false } = {}) {
    this.address = hubAddress(flag);
    this.known = knownHub(this.address);
    this.#isNamed = !fromLock || (hasHub(undefined) && hubAddress(undefined) === this.address);
  }

  get token(): string | undefined {
    return (this.#isNamed && process.env["SMDK_HUB_TOKEN"]) || this.known.token;
  }

  /** Sends a request; anything but a success is thrown, with the hub's own words. */
  async send(
    method: string,
    path: string,
    body?: Uint8Array | object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const { token } = this;
    let response: Response;
    try {
      response = await fetch(`${this.address}${path}`, {
        method,
        headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        ...(body !== undefined && {
          body: (body instanceof Uint8Array ? body : JSON.stringify(body)) as NonNullable<
            RequestInit["body"]
          >,
        }),
      });
    } catch (error) {
      throw unreachable(this.address, error);
    }
    if (response.ok) return response;
    const refused = await refusal(response, this.address);
    const isWithheld = token === undefined && !this.#isNamed && Boolean(process.env["SMDK_HUB_TOKEN"]);
    if (!isWithheld || ![401, 403, 404].includes(response.status)) throw refused;
    throw new CliError(refused.exit, refused.message, {
      code: refused.code,
      hint: `SMDK_HUB_TOKEN goes to a hub that smdk.lock names only when SMDK_HUB=${this.address} names it, too`,
    });
  }

  async json<T>(method: string, path: string, body?: object): Promise<T> {
    const text = Buffer.from(
      await bodyOf(await this.send(method, path, body), MAX_JSON_BYTES, "SMDK_HUB_ANSWER"),
    ).toString("utf8");
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new CliError("failed", `what answers at ${this.address} is no hub`, {
        code: "SMDK_HUB_ANSWER",
        hint: "check the address",
      });
    }
  }

  /**
   * Gets a package whose digest and size the index names. A transfer that breaks off goes on where it was, also when
   * the command is run again; `seen` hears of the bytes so far and of all.
   */
  async download(
    path: string,
    { digest, size }: { digest: Digest; size: number },
    seen: (bytes: number, total: number) => void = () => undefined,
  ): Promise<Uint8Array> {
    const known = cachedPackage(digest);
    if (known !== undefined) return known;
    const partial = new PartialPackage(digest);
    for (let attempt = 1; ; ) {
      const before = partial.size;
      try {
        if (partial.size < size) await this.#continue(path, partial, digest, size, seen);
        return await partial.finish();
      } catch (error) {
        if (error instanceof CliError && error.code !== "SMDK_UNREACHABLE") throw error;
        // Only attempts that bring nothing count.
        attempt = partial.size > before ? 1 : attempt + 1;
        if (attempt > RETRIES) throw error instanceof CliError ? error : unreachable(this.address, error);
        await new Promise((done) => setTimeout(done, 200 * 2 ** attempt));
      }
    }
  }

  async #continue(
    path: string,
    partial: PartialPackage,
    digest: Digest,
    size: number,
    seen: (bytes: number, total: number) => void,
  ): Promise<void> {
    const resume = partial.size > 0 ? { range: `bytes=${partial.size}-`, "if-range": `"${digest}"` } : {};
    const response = await this.send("GET", path, undefined, resume);
    if (response.status !== 206) await partial.restart();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (partial.size + chunk.length > size) {
        await partial.restart();
        throw new CliError("failed", `the hub sends more than the ${size} bytes that its index names`, {
          code: "SMDK_INDEX_DIGEST",
        });
      }
      await partial.append(chunk);
      seen(partial.size, size);
    }
    if (partial.size < size) throw new Error("the transfer broke off");
  }
}

/** No list or index is larger. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

const EXITS: Readonly<Record<number, ExitKind>> = { 401: "denied", 403: "denied" };

async function refusal(response: Response, address: string): Promise<CliError> {
  const text = await beginningOf(response, 10_000);
  let found: { code?: string; message?: string; hint?: string } = {};
  try {
    const body = JSON.parse(text) as { error?: typeof found; errors?: (typeof found)[] };
    found = body.error ?? body.errors?.[0] ?? {};
  } catch {
    // Something else than a hub of ours answers.
  }
  const code = found.code?.startsWith("SMDK_") ? (found.code as `SMDK_${string}`) : "SMDK_HUB_ANSWER";
  const what = plainText(found.message ?? `${address} answered ${response.status}`);
  return new CliError(EXITS[response.status] ?? "failed", what, {
    code,
    hint: found.hint === undefined ? undefined : plainText(found.hint),
  });
}

function unreachable(address: string, error: unknown): CliError {
  const cause = (error as { cause?: unknown }).cause;
  return new CliError("unreachable", `no answer from the hub ${address}`, {
    code: "SMDK_UNREACHABLE",
    causes: [messageOf(cause ?? error)],
    hint: "check the address, or start one: smdk hub serve",
    cause: error,
  });
}

export function packagePath({
  group,
  name,
  version,
}: {
  group: string;
  name: string;
  version?: string | undefined;
}): string {
  const parts = [group, name, ...(version === undefined ? [] : [version])].map(encodeURIComponent);
  return `/api/v1/packages/${parts.join("/")}`;
}
