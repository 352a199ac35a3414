/** The face that Fluvio's own hub clients know: `hub/v0`. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { ACTIONS, type Action } from "../action-token.ts";
import { asHubError, HubError, notFound, unauthorized } from "../error.ts";
import { requireRole, requireScope } from "../rights.ts";
import type { Viewer } from "../store/accounts.ts";
import { visibleVersions } from "../store/catalog.ts";
import type { VersionRecord } from "../store/records.ts";
import {
  type FaceParts,
  type HubContext,
  type HubVariables,
  readBody,
  readJson,
  sendBlob,
  viewerOf,
} from "./context.ts";

/** Actions that mean nothing without a user. */
const PERSONAL: ReadonlySet<Action> = new Set<Action>(["chid", "pbl"]);

export function v0Face(parts: FaceParts): Hono<HubVariables> {
  const { service, actionTokens } = parts;
  const app = new Hono<HubVariables>();

  app.post("/action", async (c) => {
    const viewer = viewerOf(c.req.header("authorization"), parts);
    const { act } = await readJson(c, parts, z.object({ act: z.string() }));
    const action = ACTIONS.find((known) => known === act);
    if (action === undefined) throw new HubError(400, "SMDK_HUB_ACTION", "unknown action");
    if (PERSONAL.has(action) && viewer.user === undefined) throw unauthorized();
    return c.text(actionTokens.issue(viewer, action));
  });

  app.get("/list", (c) => {
    const viewer = enter(c, "list", "lwm");
    return c.json({
      packages: listed(viewer).map(({ group, name, version }) => `${group}/${name}@${version}`),
    });
  });

  app.get("/list_with_meta", (c) => {
    const viewer = enter(c, "lwm", "list");
    return c.json({ packages: listed(viewer).map(metaOf) });
  });

  app.put("/hubid", async (c) => {
    const viewer = enter(c, "chid");
    requireScope(viewer, "manage");
    const { hubid, pubkey } = await readJson(c, parts, z.object({ hubid: z.string(), pubkey: z.string() }));
    const outcome = await service.claimGroup({ viewer, remote: c.get("remote") }, hubid, pubkey);
    return c.body(null, outcome === "created" ? 201 : 200);
  });

  app.get("/pkg/pub/:group/:name/:version", async (c) => {
    const viewer = enter(c, "dl");
    const { group, name, version } = c.req.param();
    const { digest } = service.version(viewer, group, name, version);
    return await sendBlob(c, parts, digest, { "content-type": "application/octet-stream" });
  });

  app.get("/pkg/pub/:name/:version", (c) => {
    enter(c, "dl");
    throw notFound(`a package without group, ${c.req.param("name")},`);
  });

  app.put("/pkg/pub/:group/:name/:version", async (c) => {
    const viewer = enter(c, "pbl");
    const { group, name, version } = c.req.param();
    // Whoever may not publish gets no room for a body.
    requireRole(service.parts.accounts, viewer, group, "member", "publish");
    await parts.gate.run(viewer.user!, async () => {
      const ipkg = await readBody(c, parts, service.parts.limits.packageBytes);
      await service.publish({ viewer, remote: c.get("remote") }, ipkg, { group, name, version });
    });
    return c.body(null, 200);
  });

  // Connectors and dataflows have their place in the protocol; this hub keeps none.
  for (const path of ["/connector/list", "/sdf/list_with_meta"])
    app.get(path, (c) => c.json({ packages: [] }));
  app.get("/sdf/list", (c) => c.json({ packages: [] }));

  app.onError((error, c) => plainError(error, c, parts));
  return app;

  /** The holder of a bare action token for one of these actions. */
  function enter(c: HubContext, ...actions: Action[]): Viewer {
    const header = c.req.header("authorization") ?? "";
    const opened = actionTokens.isActionToken(header) ? actionTokens.open(header) : undefined;
    if (opened === undefined || !actions.includes(opened.action)) throw unauthorized();
    c.set("viewer", opened.viewer);
    return opened.viewer;
  }

  function listed(viewer: Viewer): VersionRecord[] {
    const sees = service.sees(viewer);
    const found: VersionRecord[] = [];
    for (const entry of service.parts.catalog.all()) {
      found.push(...visibleVersions(entry, sees).filter(({ yanked }) => yanked === null));
    }
    return found;
  }
}

/** The package's metadata with the date that the hub adds. */
function metaOf(record: VersionRecord): object {
  return {
    package_format_version: "0.3",
    name: record.name,
    version: record.version,
    group: record.group,
    description: record.description,
    license: record.license,
    manifest: record.manifest,
    repository_url: record.repository,
    tags: [
      ...record.metaTags.filter(({ tag }) => tag !== "inf::meta::published_at"),
      { tag: "inf::meta::published_at", value: rfc2822(record.publishedMs) },
    ],
    visibility: record.visibility,
  };
}

function rfc2822(ms: number): string {
  return new Date(ms).toUTCString().replace("GMT", "+0000");
}

/** Old clients print the body of a refusal as it is. */
function plainError(error: unknown, c: Context, { logger }: FaceParts): Response {
  const known = asHubError(error);
  if (known !== undefined)
    return c.text(known.hint ? `${known.message} (${known.hint})` : known.message, known.status);
  logger.error({ err: error, path: c.req.path }, "request failed");
  return c.text("the hub failed", 500);
}
