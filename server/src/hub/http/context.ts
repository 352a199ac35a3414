/** What all faces share: who is asking, how a body is read, how a failure is told. */
import type { Context } from "hono";
import type * as z from "zod";
import type { Clock } from "../../env/index.ts";
import type { Logger } from "../../logger.ts";
import type { ActionTokens } from "../action-token.ts";
import { HubError, unknownToken } from "../error.ts";
import type { Caller, HubService } from "../service.ts";
import { ANONYMOUS, type Viewer } from "../store/accounts.ts";
import type { UploadGate } from "./upload-gate.ts";

export interface FaceParts {
  readonly service: HubService;
  readonly actionTokens: ActionTokens;
  readonly logger: Logger;
  readonly gate: UploadGate;
}

export interface HubVariables {
  Variables: { remote: string; viewer: Viewer };
}

export type HubContext = Context<HubVariables>;

export function callerOf(c: HubContext): Caller {
  return { viewer: c.get("viewer"), remote: c.get("remote") };
}

/**
 * Who the `Authorization` header names: `Bearer TOKEN`, `Basic user:TOKEN`, or the bare token as older clients send
 * it; in the registry's face also the tokens given there. No header is an anonymous viewer; a wrong one is refused, so that nobody believes to be logged in.
 */
export function viewerOf(
  header: string | undefined,
  { service, actionTokens }: Pick<FaceParts, "service" | "actionTokens">,
  isRegistry = false,
): Viewer {
  if (header === undefined || header === "") return ANONYMOUS;
  const { accounts } = service.parts;
  const [scheme = "", rest] = header.split(" ", 2);
  if (rest === undefined || scheme.toLowerCase() === "bearer") {
    const token = rest ?? scheme;
    if (isRegistry && actionTokens.isActionToken(token)) {
      const opened = actionTokens.open(token);
      if (opened?.action !== "registry") throw unknownToken();
      return opened.viewer;
    }
    const viewer = accounts.viewerOf(token);
    if (viewer === undefined) throw unknownToken();
    return viewer;
  }
  if (scheme.toLowerCase() === "basic") {
    const text = Buffer.from(rest, "base64").toString("utf8");
    const viewer = accounts.viewerOf(text.slice(text.indexOf(":") + 1));
    const user = text.slice(0, Math.max(0, text.indexOf(":")));
    if (viewer === undefined || (user !== viewer.user && user !== "token")) throw unknownToken();
    return viewer;
  }
  throw unknownToken();
}

const MAX_JSON_BYTES = 8 * 1024;

/** Who sends a body must send some of it this often. */
const BODY_REST_MS = 30_000;

/** The whole body, refused with 413 as soon as it is longer than allowed, and with 408 when nothing comes for long. */
export async function readBody(
  c: HubContext,
  { service }: Pick<FaceParts, "service">,
  maxBytes: number,
): Promise<Uint8Array> {
  const declared = Number(c.req.header("content-length") ?? 0);
  const tooLarge = (): HubError =>
    new HubError(413, "SMDK_HUB_TOO_LARGE", `the body is larger than ${maxBytes} bytes`);
  if (declared > maxBytes) throw tooLarge();
  const body = c.req.raw.body;
  if (body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  try {
    while (true) {
      const { done, value } = await withinRest(service.parts.env.clock, reader.read());
      if (done) break;
      size += value.length;
      if (size > maxBytes) throw tooLarge();
      chunks.push(value);
    }
  } catch (error) {
    // What is still to come is not waited for.
    c.header("connection", "close");
    void reader.cancel().catch(() => undefined);
    throw error;
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

async function withinRest<T>(clock: Clock, work: Promise<T>): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const late = (): void => reject(new HubError(408, "SMDK_HUB_SLOW", "the body stopped coming"));
    const timer = clock.setTimeout(late, BODY_REST_MS, { background: true });
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

/**
 * A small JSON body of the wanted form, else 400. What is kept of it is read and written with everything else of its
 * kind, so it stays small.
 */
export async function readJson<T>(
  c: HubContext,
  parts: Pick<FaceParts, "service">,
  schema: z.ZodType<T>,
): Promise<T> {
  const bytes = await readBody(c, parts, MAX_JSON_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new HubError(400, "SMDK_HUB_JSON", "the body is no JSON");
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new HubError(400, "SMDK_HUB_JSON", `${issue?.path.join(".") || "the body"}: ${issue?.message}`);
}

/** Answers with a blob, or with the part of it that a `Range` header asks for. */
export async function sendBlob(
  c: HubContext,
  { service }: Pick<FaceParts, "service">,
  digest: `sha256:${string}`,
  headers: Record<string, string>,
): Promise<Response> {
  const { blobs } = service.parts;
  const size = await blobs.size(digest);
  if (size === undefined) throw new HubError(404, "SMDK_HUB_NOT_FOUND", `${digest} is not here`);
  const etag = `"${digest}"`;
  const common = { ...headers, etag, "accept-ranges": "bytes", "cache-control": "private, no-cache" };
  if (c.req.header("if-none-match") === etag) return c.body(null, 304, common);
  const range = rangeOf(c.req.header("range"), c.req.header("if-range"), etag, size);
  if (range === "unsatisfiable") {
    return c.body(null, 416, { ...common, "content-range": `bytes */${size}` });
  }
  const { start, end } = range ?? { start: 0, end: size };
  const sized = {
    ...common,
    "content-length": String(end - start),
    ...(range && { "content-range": `bytes ${start}-${end - 1}/${size}` }),
  };
  const status = range === undefined ? 200 : 206;
  if (c.req.method === "HEAD") return c.body(null, status, sized);
  return c.body(blobs.stream(digest, start, end), status, sized);
}

function rangeOf(
  header: string | undefined,
  condition: string | undefined,
  etag: string,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  if (header === undefined || (condition !== undefined && condition !== etag)) return undefined;
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header);
  if (found === null) return undefined;
  const [, from = "", to = ""] = found;
  if (from === "") {
    if (to === "" || Number(to) === 0) return "unsatisfiable";
    return { start: Math.max(0, size - Number(to)), end: size };
  }
  const start = Number(from);
  const end = to === "" ? size : Math.min(size, Number(to) + 1);
  return start < end ? { start, end } : "unsatisfiable";
}

/**
 * How a registry's client may say who it is: with its password at once, or with a token that it gets for it. Clients
 * that know one way only take the first, or the last, as it happens.
 */
export function askForLogin(c: Pick<Context, "req" | "header">): void {
  const url = new URL(c.req.url);
  if (c.req.header("x-forwarded-proto") === "https") url.protocol = "https:";
  c.header("www-authenticate", 'Basic realm="smdk hub"');
  c.header("www-authenticate", `Bearer realm="${url.origin}/v2/token",service="smdk hub"`, { append: true });
}
