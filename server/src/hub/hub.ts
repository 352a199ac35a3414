/** A hub: opens its store, puts the faces together, listens. */
import { join } from "node:path";
import { type Digest, keyFromHex, type SigningKey } from "@smdk/packages";
import { Hono, type HonoRequest } from "hono";
import * as z from "zod";
import type { Address, DirectoryLock, Listener } from "../env/index.ts";
import { ServerError } from "../error.ts";
import { type Logger, silentLogger } from "../logger.ts";
import { ActionTokens } from "./action-token.ts";
import { type HubEnv, nodeHubEnv } from "./env.ts";
import { HubError } from "./error.ts";
import { apiFace } from "./http/api.ts";
import { askForLogin, type FaceParts, type HubVariables, viewerOf } from "./http/context.ts";
import { ociFace } from "./http/oci.ts";
import { RateLimit } from "./http/rate-limit.ts";
import { UploadGate } from "./http/upload-gate.ts";
import { v0Face } from "./http/v0.ts";
import { webFace } from "./http/web.ts";
import { DEFAULT_HUB_LIMITS, type HubLimits } from "./limits.ts";
import { HubService } from "./service.ts";
import { AccountStore, ANONYMOUS } from "./store/accounts.ts";
import { AuditLog } from "./store/audit.ts";
import { BlobStore } from "./store/blobs.ts";
import { Catalog } from "./store/catalog.ts";
import { OciFiles } from "./store/oci-files.ts";
import { RecordFiles } from "./store/records.ts";

export interface HubOptions {
  /** Everything the hub keeps goes here; made if absent, and locked against a second hub. */
  readonly dir: string;
  /** Address to listen on, default `127.0.0.1`, and port, default any free one. */
  readonly host?: string;
  readonly port?: number;
  /** PEM texts; without them plain HTTP is spoken. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits?: Partial<HubLimits>;
  /** A proxy in front says in `X-Forwarded-For` who asks; without one anybody could say so. Default false. */
  readonly behindProxy?: boolean;
  /**
   * Gets the token of the user `admin` on the very first start, before the hub itself keeps its hash: whatever ends
   * that start, either this has kept a token that counts, or the next start makes another one.
   */
  readonly keepAdminToken?: (token: string) => void;
  /** Default: this machine. */
  readonly env?: HubEnv;
  /** Default: silent. */
  readonly logger?: Logger;
}

export interface Hub {
  /** `http://host:port` or `https://…`, without a slash at the end. */
  readonly url: string;
  /** Public key that signs the indexes, in hex. */
  readonly key: string;
  /** Token of the user `admin`, only on the very first start. */
  readonly adminToken: string | undefined;
  /** Stops listening, lets requests under way end. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a hub; everything published before is there when this resolves.
 * @throws `SMDK_DIR_LOCKED`, `SMDK_HUB_STORE` for damaged files, or the system's error (`EADDRINUSE`, …)
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  const env = options.env ?? nodeHubEnv();
  await env.disk.mkdir(options.dir);
  const lock = await env.disk.lock(options.dir);
  try {
    return await open(options, env, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What a write of the files beside the folders leaves when it is cut off. */
const INTERRUPTED = /^\.(accounts|hub-key)\.json\..*\.tmp$/;

async function open(options: HubOptions, env: HubEnv, lock: DirectoryLock): Promise<Hub> {
  const { dir, host = "127.0.0.1", port = 0, tls, logger = silentLogger } = options;
  const limits = { ...DEFAULT_HUB_LIMITS, ...options.limits };
  for (const { name } of await env.disk.readdir(dir)) {
    if (INTERRUPTED.test(name)) await env.disk.remove(join(dir, name));
  }
  const secrets = await openSecrets(env, dir);
  const accounts = new AccountStore(env, dir);
  const blobs = new BlobStore(env.disk, dir);
  const records = new RecordFiles(env.disk, dir);
  const catalog = new Catalog();
  const oci = new OciFiles(env.disk, dir);
  const audit = new AuditLog(env, dir);
  const { adminToken } = await accounts.open(options.keepAdminToken);
  await blobs.open();
  await records.readAll(
    (record) => catalog.put(record),
    (group, name, tags) => catalog.putTags(group, name, tags),
  );
  await oci.open();
  const used = new Set<Digest>([...HubService.usedBlobs(catalog), ...oci.digests()]);
  const swept = await blobs.sweep((digest) => used.has(digest));
  if (swept > 0) logger.info({ swept }, "removed what interrupted uploads left");

  const { key } = secrets;
  const service = new HubService({
    env,
    key,
    limits,
    blobs,
    records,
    catalog,
    accounts,
    audit,
    oci,
    logger,
  });
  const parts: FaceParts = {
    service,
    logger,
    actionTokens: new ActionTokens(secrets.actionSecret, env.clock, accounts),
    gate: new UploadGate(limits.uploads),
  };
  const app = application(parts, oci, new RateLimit(env.clock, limits));
  const { behindProxy = false } = options;
  const listener = await env.http.listen({ host, port }, serveWith(app, behindProxy), {
    ...(tls && { tls }),
    ...(behindProxy && { maxPerPeer: Number.POSITIVE_INFINITY }),
  });
  const url = urlOf(tls === undefined ? "http" : "https", host, listener.address);
  logger.info({ url }, "hub started");
  let closing: Promise<void> | undefined;
  return {
    url,
    key: key.publicKey,
    adminToken,
    close: () => {
      closing ??= close(listener, audit, lock);
      return closing;
    },
  };
}

async function close(listener: Listener, audit: AuditLog, lock: DirectoryLock): Promise<void> {
  await listener.close();
  await audit.close();
  await lock.release();
}

interface Bindings extends HubVariables {
  Bindings: { remote: string };
}

function serveWith(
  app: Hono<Bindings>,
  behindProxy: boolean,
): (request: Request, remote: Address) => Promise<Response> {
  return async (request, { host }) => {
    // The proxy itself wrote the last one; those before came with the request.
    const named = behindProxy ? request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined;
    return await app.fetch(request, { remote: named?.slice(0, 64) || host });
  };
}

function application(parts: FaceParts, files: OciFiles, limit: RateLimit): Hono<Bindings> {
  const app = new Hono<Bindings>();
  // Whatever an answer holds, a browser runs nothing of it and takes it for what it is called.
  app.use(async (c, next) => {
    await next();
    const { headers } = c.res;
    if (!headers.has("content-security-policy")) headers.set("content-security-policy", NOTHING_RUNS);
    headers.set("x-content-type-options", "nosniff");
  });
  app.use(async (c, next) => {
    const { remote } = c.env;
    c.set("remote", remote);
    c.set("viewer", ANONYMOUS);
    const seconds = limit.take(remote);
    if (seconds !== undefined) {
      c.header("retry-after", String(seconds));
      return c.json({ error: { code: "SMDK_HUB_RATE", message: "too many requests" } }, 429);
    }
    if (isFromAnotherSite(c.req)) {
      const message = "another site's page may not change anything here";
      return c.json({ error: { code: "SMDK_HUB_CROSS_SITE", message } }, 403);
    }
    // The faces of Fluvio's clients and of registries have their own ways to say who is asking.
    const isRegistry = c.req.path.startsWith("/v2/");
    if (!c.req.path.startsWith("/hub/v0/")) {
      try {
        c.set("viewer", viewerOf(c.req.header("authorization"), parts, isRegistry));
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        const { code, message, hint } = error;
        if (isRegistry) {
          askForLogin(c);
          return c.json({ errors: [{ code: "UNAUTHORIZED", message }] }, 401);
        }
        c.header("www-authenticate", 'Basic realm="smdk hub"');
        return c.json({ error: { code, message, hint } }, 401);
      }
    }
    await next();
    if (c.error instanceof HubError && c.error.status === 403 && !isRead(c.req.method)) {
      await parts.service.noteRefusal(
        { viewer: c.get("viewer"), remote },
        `${c.req.method} ${c.req.path}`,
        c.error,
      );
    }
    return undefined;
  });
  // Clients of registries ask with the slash.
  app.get("/v2/", (c) => c.json({}));
  app.get("/api/v1/", (c) => c.redirect("/api/v1"));
  app.route("/hub/v0", v0Face(parts));
  app.route("/v2", ociFace(parts, files));
  app.route("/api/v1", apiFace(parts));
  app.route("/", webFace(parts));
  app.notFound((c) => c.text("there is nothing at this address", 404));
  return app;
}

const NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'; sandbox";

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** Browsers send a kept password with the requests of any page, but say which page it was. */
function isFromAnotherSite(request: HonoRequest): boolean {
  if (isRead(request.method)) return false;
  const site = request.header("sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  const origin = request.header("origin");
  if (origin === undefined) return false;
  const hosts = [request.header("host"), request.header("x-forwarded-host")];
  return !URL.canParse(origin) || !hosts.includes(new URL(origin).host);
}

/** The hub's own key and the secret of its action tokens, made on the first start. */
async function openSecrets(env: HubEnv, dir: string): Promise<{ key: SigningKey; actionSecret: Uint8Array }> {
  const path = join(dir, "hub-key.json");
  if (!(await env.disk.exists(path))) {
    const made = {
      key: Buffer.from(env.random.bytes(32)).toString("hex"),
      actionSecret: Buffer.from(env.random.bytes(32)).toString("hex"),
    };
    await env.disk.writeFileAtomic(path, JSON.stringify(made), { secret: true });
  }
  try {
    const { key, actionSecret } = secretsSchema.parse(
      JSON.parse(Buffer.from(await env.disk.readFile(path)).toString("utf8")),
    );
    return { key: keyFromHex(key), actionSecret: Buffer.from(actionSecret, "hex") };
  } catch (cause) {
    throw new ServerError("SMDK_HUB_STORE", `${path} is damaged`, {
      hint: "bring the file back from a backup: readers know the hub by this key",
      cause,
    });
  }
}

const secretHex = z.string().regex(/^[0-9a-f]{64}$/);
const secretsSchema = z.object({ key: secretHex, actionSecret: secretHex });

function urlOf(scheme: string, host: string, { port }: Address): string {
  const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `${scheme}://${shown.includes(":") ? `[${shown}]` : shown}:${port}`;
}
