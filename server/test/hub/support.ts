/** A hub on this machine with users, groups and packages to publish. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyFromHex, type PackageMeta, packPackage, type SigningKey, writeProvenance } from "@smdk/packages";
import { type Hub, type HubOptions, startHub } from "../../src/hub/hub.ts";

export const groupKey: SigningKey = keyFromHex("11".repeat(32));
export const strangeKey: SigningKey = keyFromHex("22".repeat(32));
export const wasm = new Uint8Array(readFileSync(new URL("../fixtures/word_filter.wasm", import.meta.url)));

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), "smdk-hub-"));
}

export interface Made {
  group: string;
  name: string;
  version: string;
  visibility: "private" | "public";
  description: string;
  readme: string;
  key: SigningKey;
  wasm: Uint8Array;
  params: string;
  provenance: boolean;
}

export function makePackage(change: Partial<Made> = {}): Uint8Array {
  const made: Made = {
    group: "acme",
    name: "word-filter",
    version: "0.1.0",
    visibility: "public",
    description: "keeps records with a word",
    readme: "# word-filter\n",
    key: groupKey,
    wasm,
    params: "params = []\n",
    provenance: true,
    ...change,
  };
  const { group, name, version, visibility, description } = made;
  const meta: PackageMeta = {
    package_format_version: "0.3",
    name,
    version,
    group,
    description,
    license: "Apache-2.0",
    manifest: [],
    repository_url: null,
    tags: null,
    visibility,
  };
  const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
  const wasmName = `${name.replaceAll("-", "_")}.wasm`;
  const manifest = `${made.params}[package]\nname = "${name}"\ngroup = "${group}"\nversion = "${version}"\napiVersion = "0.1.0"\nvisibility = "${visibility}"\n`;
  const provenance = writeProvenance(
    {
      wasmName,
      wasm: made.wasm,
      sourceSha256: "0".repeat(64),
      lockSha256: undefined,
      tools: { smdk: "0.1.0" },
      flags: { release: true },
      repository: undefined,
    },
    made.key,
  );
  return packPackage(
    {
      meta,
      files: [
        { name: "SmartModule.toml", bytes: text(manifest) },
        { name: wasmName, bytes: made.wasm },
        { name: "README.md", bytes: text(made.readme) },
      ],
      extra: made.provenance ? [{ name: "provenance.intoto.json", bytes: provenance }] : [],
    },
    made.key,
  );
}

export interface TestHub {
  readonly hub: Hub;
  readonly dir: string;
  /** Token of the site's admin. */
  readonly admin: string;
  /** Sends a request; `token` becomes a bearer. */
  call(method: string, path: string, options?: CallOptions): Promise<Response>;
  /** As `call`, with the JSON of an answer that must be a success. */
  json(method: string, path: string, options?: CallOptions): Promise<Record<string, unknown>>;
  /** A user with a token, and a role where one is given. */
  user(name: string, roles?: Record<string, string>): Promise<string>;
  stop(): Promise<void>;
}

export interface CallOptions {
  token?: string | undefined;
  /** The `Authorization` header as it is, instead of a token. */
  authorization?: string | undefined;
  body?: Uint8Array | string | object | undefined;
  headers?: Record<string, string>;
}

export async function testHub(options: Partial<HubOptions> = {}): Promise<TestHub> {
  const dir = options.dir ?? temporaryDirectory();
  const hub = await startHub({ limits: { requestBurst: 1e9 }, ...options, dir });
  const admin = hub.adminToken ?? "";
  const call: TestHub["call"] = async (method, path, { token, authorization, body, headers = {} } = {}) => {
    const isRaw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
    const auth = authorization ?? (token === undefined ? undefined : `Bearer ${token}`);
    return await fetch(`${hub.url}${path}`, {
      method,
      redirect: "manual",
      headers: { ...headers, ...(auth !== undefined && { authorization: auth }) },
      body: (isRaw ? body : JSON.stringify(body)) as BodyInit,
    });
  };
  const json: TestHub["json"] = async (method, path, callOptions) => {
    const response = await call(method, path, callOptions);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  return {
    hub,
    dir,
    admin,
    call,
    json,
    async user(name, roles = {}) {
      await json("POST", "/api/v1/users", { token: admin, body: { user: name } });
      for (const [group, role] of Object.entries(roles)) {
        await json("PUT", `/api/v1/groups/${group}/members/${name}`, { token: admin, body: { role } });
      }
      const { token } = await json("POST", "/api/v1/tokens", {
        token: admin,
        body: { user: name, scopes: ["read", "publish", "manage"] },
      });
      return token as string;
    },
    async stop() {
      await hub.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A hub whose group `acme` belongs to the admin, with `groupKey`. */
export async function hubWithGroup(options: Partial<HubOptions> = {}): Promise<TestHub> {
  const found = await testHub(options);
  await found.json("PUT", "/api/v1/groups/acme", {
    token: found.admin,
    body: { pubkey: groupKey.publicKey },
  });
  return found;
}
