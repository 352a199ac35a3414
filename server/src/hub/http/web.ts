/** A few pages for people: list, search, a module. No scripts, nothing from elsewhere. */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { HubError } from "../error.ts";
import { visibleVersions } from "../store/catalog.ts";
import type { VersionRecord } from "../store/records.ts";
import { type PackageSummary, summaryOf } from "./api.ts";
import type { FaceParts, HubContext, HubVariables } from "./context.ts";
import { escapeHtml as e, renderMarkdown } from "./markdown.ts";
import { STYLE } from "./style.ts";

const PAGE = 20;
const MAX_VERSIONS = 50;
const STYLE_TAG = createHash("sha256").update(STYLE).digest("hex").slice(0, 16);
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "private, no-cache",
};

export function webFace(parts: FaceParts): Hono<HubVariables> {
  const { service } = parts;
  const { catalog, blobs, accounts } = service.parts;
  const app = new Hono<HubVariables>();

  app.get(`/style-${STYLE_TAG}.css`, (c) =>
    c.body(STYLE, 200, {
      "content-type": "text/css",
      "cache-control": "public, max-age=31536000, immutable",
    }),
  );
  app.get("/favicon.ico", (c) => c.body(null, 204));

  /** Browsers send a password only after they were asked for it. */
  app.get("/login", (c) => {
    if (c.get("viewer").user !== undefined) return c.redirect("/");
    return page(c, 401, "Log in", "<h1>Log in</h1><p>Use your user name, and a token as the password.</p>", {
      "www-authenticate": 'Basic realm="smdk hub", charset="UTF-8"',
    });
  });

  app.get("/", (c) => {
    const sees = service.sees(c.get("viewer"));
    const query = (c.req.query("q") ?? "").slice(0, 200);
    const after = c.req.query("after") ?? "";
    const found = query === "" ? catalog.page(sees, after, PAGE + 1) : catalog.search(sees, query, PAGE);
    const shown = found.slice(0, PAGE).map((entry) => summaryOf(entry, sees));
    const more = found.length > PAGE ? shown.at(-1) : undefined;
    const title = query === "" ? "SmartModules" : `Search: ${query}`;
    const next =
      more && `<p><a href="/?after=${encodeURIComponent(`${more.group}/${more.name}`)}">Next page</a></p>`;
    const list =
      shown.length === 0
        ? `<p>${query === "" ? "Nothing is published yet." : "Nothing was found."}</p>`
        : `<ul class="list">${shown.map(listItem).join("")}</ul>${next ?? ""}`;
    return page(c, 200, title, `<h1>${e(title)}</h1>${list}`, {}, query);
  });

  app.get("/:group/:name", (c) => modulePage(c, undefined));
  app.get("/:group/:name/:version", (c) => modulePage(c, c.req.param("version")));

  app.onError((error, c) => {
    if (error instanceof HubError) {
      return page(c, error.status, "Not possible", `<h1>Not possible</h1><p>${e(error.message)}</p>`);
    }
    parts.logger.error({ err: error, path: c.req.path }, "request failed");
    return page(c, 500, "Failed", "<h1>The hub failed</h1><p>Try again later.</p>");
  });
  return app;

  async function modulePage(c: HubContext, wanted: string | undefined): Promise<Response> {
    const { group = "", name = "" } = c.req.param();
    const viewer = c.get("viewer");
    const entry = service.package(viewer, group, name);
    const sees = service.sees(viewer);
    const versions = visibleVersions(entry, sees);
    const { latest } = summaryOf(entry, sees);
    const record =
      wanted === undefined
        ? versions.find(({ version }) => version === (latest ?? versions[0]!.version))!
        : service.version(viewer, group, name, wanted);
    const readme =
      record.readme === null
        ? ""
        : renderMarkdown(Buffer.from(await blobs.read(record.readme)).toString("utf8"));
    const keys = accounts.group(group)?.keys ?? [];
    const title = `${group}/${name}`;
    const body = [
      `<h1>${e(title)}</h1>`,
      `<p class="lead">${e(record.description)}</p>`,
      record.yanked === null ? "" : `<p class="warn"><strong>Yanked.</strong> ${e(record.yanked.reason)}</p>`,
      factsOf(record, keys),
      `<h2>Use it</h2><pre tabindex="0"><code>smdk load ${e(title)}@${e(record.version)}</code></pre>`,
      paramsOf(record),
      versionsOf(record, versions),
      readme === "" ? "" : `<h2>Readme</h2><div class="readme">${readme}</div>`,
    ].join("\n");
    return page(c, 200, `${title} ${record.version}`, body);
  }
}

function listItem({ group, name, latest, description, visibility }: PackageSummary): string {
  const mark = visibility === "private" ? ' <span class="mark">private</span>' : "";
  return `<li><a href="/${e(group)}/${e(name)}">${e(group)}/${e(name)}</a> <span class="version">${e(latest ?? "none")}</span>${mark}<p>${e(description)}</p></li>`;
}

function factsOf(record: VersionRecord, keys: readonly string[]): string {
  const signers = record.signers.map((key) => {
    const state = keys.includes(key) ? "key of the group" : "earlier or other key";
    return `<code>${e(key)}</code> (${state})`;
  });
  const rows: [string, string][] = [
    ["Version", e(record.version)],
    ["Kind", e(record.wasm.kind)],
    ["Size", `${sizeText(record.wasm.size)} module, ${sizeText(record.size)} package`],
    ["License", e(record.license === "" ? "not given" : record.license)],
    ["Published", `${new Date(record.publishedMs).toISOString().slice(0, 10)} by ${e(record.publisher)}`],
    ["Signed by", signers.join("<br>")],
    ["Verified", "signature and engine check passed when it was published"],
    ["Provenance", record.provenance ? "yes, by a signer" : "none"],
    ["Digest", `<code>${e(record.digest)}</code>`],
  ];
  if (record.repository !== null) rows.push(["Source", e(record.repository)]);
  return `<dl>${rows.map(([term, text]) => `<div><dt>${term}</dt><dd>${text}</dd></div>`).join("")}</dl>`;
}

function paramsOf({ params }: VersionRecord): string {
  if (params.length === 0) return "";
  const rows = params.map(
    ({ name, description, optional }) =>
      `<tr><th scope="row"><code>${e(name)}</code></th><td>${optional ? "optional" : "required"}</td><td>${e(description ?? "")}</td></tr>`,
  );
  return `<h2>Parameters</h2><div class="wide" tabindex="0" role="region" aria-label="Parameters"><table><thead><tr><th scope="col">Name</th><th scope="col">Needed</th><th scope="col">Meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function versionsOf(shown: VersionRecord, versions: readonly VersionRecord[]): string {
  const items = versions.slice(0, MAX_VERSIONS).map(({ group, name, version, publishedMs, yanked }) => {
    const current = version === shown.version ? ' aria-current="page"' : "";
    const date = new Date(publishedMs).toISOString().slice(0, 10);
    return `<li><a href="/${e(group)}/${e(name)}/${e(version)}"${current}>${e(version)}</a> ${date}${yanked === null ? "" : " yanked"}</li>`;
  });
  const rest = versions.length - items.length;
  return `<h2>Versions</h2><ul>${items.join("")}</ul>${rest > 0 ? `<p>and ${rest} older ones</p>` : ""}`;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function page(
  c: HubContext,
  status: 200 | 400 | 401 | 403 | 404 | 405 | 409 | 413 | 416 | 422 | 429 | 500,
  title: string,
  body: string,
  headers: Record<string, string> = {},
  query = "",
): Response {
  const user = c.get("viewer")?.user;
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${e(title)}</title>
<link rel="stylesheet" href="/style-${STYLE_TAG}.css">
<link rel="icon" href="data:,">
</head>
<body>
<header>
<a class="home" href="/">SmartModule hub</a>
<form action="/" method="get" role="search"><label for="q">Search</label> <input id="q" name="q" type="search" value="${e(query)}"> <button>Find</button></form>
<span class="user">${user === undefined ? '<a href="/login">Log in</a>' : e(user)}</span>
</header>
<main>
${body}
</main>
</body>
</html>
`;
  return c.body(html, status, { ...HEADERS, ...headers, "content-type": "text/html; charset=utf-8" });
}
