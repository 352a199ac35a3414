/** A few pages for people: list, search, a module. No scripts, nothing from elsewhere. */
import { createHash } from "node:crypto";
import { fuelOf } from "@smdk/packages";
import { Hono } from "hono";
import { asHubError, type HubError } from "../error.ts";
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
      more &&
      `<p class="next"><a href="/?after=${encodeURIComponent(`${more.group}/${more.name}`)}">Next page</a></p>`;
    const nothing =
      query === ""
        ? "Nothing is published yet, or nothing that you may see."
        : "Nothing was found. Words are looked for in names, groups and descriptions, from their beginning on.";
    const list =
      shown.length === 0
        ? `<p>${nothing}</p>`
        : `<ul class="list">${shown.map(listItem).join("")}</ul>${next ?? ""}`;
    const lead =
      query === ""
        ? '<p class="lead">Signed transforms for Fluvio streams, ready to load into a cluster.</p>'
        : "";
    return page(c, 200, title, `<h1>${e(title)}</h1>${lead}${list}`, {}, query);
  });

  app.get("/:group/:name", (c) => modulePage(c, undefined));
  app.get("/:group/:name/:version", (c) => modulePage(c, c.req.param("version")));

  app.onError((error, c) => {
    const known = asHubError(error);
    if (known !== undefined) {
      const title = known.status === 404 ? "Not here" : "Not possible";
      return page(
        c,
        known.status,
        title,
        `<h1>${title}</h1><p>${e(known.message)}.</p><p><a href="/">All SmartModules</a></p>`,
      );
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
      pillsOf(record, keys),
      record.yanked === null
        ? ""
        : `<p class="warn"><strong>Yanked.</strong> ${e(record.yanked.reason || "No reason was given.")}</p>`,
      '<div class="module"><div>',
      useOf(record),
      paramsOf(record),
      readme === "" ? "" : `<section class="card readme"><h2>Readme</h2>${readme}</section>`,
      "</div><div>",
      factsOf(record, keys),
      versionsOf(record, versions),
      "</div></div>",
    ].join("\n");
    return page(c, 200, `${title} ${record.version}`, body);
  }
}

function listItem(shown: PackageSummary): string {
  const { group, name, latest, kind, description, visibility, publishedAt } = shown;
  const pills = [
    `<li class="pill">${e(latest ?? "all yanked")}</li>`,
    `<li class="pill">${e(kind)}</li>`,
    ...(visibility === "private" ? ['<li class="pill bad">private</li>'] : []),
    `<li class="soft">${e(publishedAt.slice(0, 10))}</li>`,
  ];
  const title = `<a class="name" href="/${e(group)}/${e(name)}"><span>${e(group)}/</span>${e(name)}</a>`;
  return `<li>${title}<p>${e(description)}</p><ul class="pills">${pills.join("")}</ul></li>`;
}

/** What matters at a glance. */
function pillsOf(record: VersionRecord, keys: readonly string[]): string {
  const signed = record.signers.some((key) => keys.includes(key));
  const pills = [
    `<li class="pill">${e(record.version)}</li>`,
    `<li class="pill">${e(record.wasm.kind)}</li>`,
    signed
      ? '<li class="pill good">signed by the group</li>'
      : '<li class="pill bad">signed by an earlier key</li>',
    record.provenance
      ? '<li class="pill good">with provenance</li>'
      : '<li class="pill bad">no provenance</li>',
    ...(record.visibility === "private" ? ['<li class="pill bad">private</li>'] : []),
  ];
  return `<ul class="pills">${pills.join("")}</ul>`;
}

function useOf({ group, name, version, params }: VersionRecord): string {
  const id = `${group}/${name}@${version}`;
  const needed = params.filter(({ optional }) => !optional);
  const values = needed
    .map(
      (param) =>
        `\n      ${/^[a-zA-Z_][\w-]*$/.test(param.name) ? param.name : JSON.stringify(param.name)}: "…"`,
    )
    .join("");
  const steps = `transforms:\n  - uses: ${id}${values === "" ? "" : `\n    with:${values}`}`;
  return `<section class="card use"><h2>Use it</h2>
<p class="soft">Into a cluster:</p>${codeBlock(`smdk load ${id}`)}
<p class="soft">In a chain, <code>transforms.yaml</code>:</p>${codeBlock(steps)}
<p class="soft">Checked again on your machine, its sources rebuilt:</p>${codeBlock(`smdk verify ${id} --rebuild`)}</section>`;
}

/** The keyboard can scroll it where it is wider than the page. */
function codeBlock(text: string): string {
  return `<pre tabindex="0"><code>${e(text)}</code></pre>`;
}

function factsOf(record: VersionRecord, keys: readonly string[]): string {
  const signers = record.signers.map((key) => {
    const state = keys.includes(key) ? "key of the group" : "earlier or other key";
    return `<code>${e(key)}</code> (${state})`;
  });
  const fuel = fuelOf(record.metaTags);
  const counted = (count: number): string => count.toLocaleString("en-US");
  const rows: [string, string][] = [
    ["License", e(record.license === "" ? "not given" : record.license)],
    ["Size", `${sizeText(record.wasm.size)} module, ${sizeText(record.size)} package`],
    ...(fuel === undefined
      ? []
      : [
          [
            "Fuel",
            `${counted(fuel.perRecord)} per record, over ${counted(fuel.records)} of the author's records`,
          ] satisfies [string, string],
        ]),
    ["Published", `${new Date(record.publishedMs).toISOString().slice(0, 10)} by ${e(record.publisher)}`],
    ["Verified", "signature and engine check passed when it was published"],
    ["Provenance", record.provenance ? "yes, by a signer" : "none"],
    ["Signed by", signers.join("<br>")],
    ["Digest", `<code>${e(record.digest)}</code>`],
  ];
  if (record.repository !== null) rows.push(["Source", sourceOf(record.repository)]);
  const list = rows.map(([term, text]) => `<div><dt>${term}</dt><dd>${text}</dd></div>`).join("");
  return `<section class="card"><h2>About ${e(record.version)}</h2><dl>${list}</dl></section>`;
}

/** Only what leads to a web page is a link. */
function sourceOf(repository: string): string {
  return /^https?:\/\//.test(repository)
    ? `<a href="${e(repository)}" rel="nofollow noopener">${e(repository)}</a>`
    : e(repository);
}

function paramsOf({ params }: VersionRecord): string {
  if (params.length === 0) return "";
  const rows = params.map(
    ({ name, description, optional }) =>
      `<tr><th scope="row"><code>${e(name)}</code></th><td>${optional ? "optional" : "required"}</td><td>${e(description ?? "")}</td></tr>`,
  );
  return `<section class="card"><h2>Parameters</h2><div class="wide" tabindex="0" role="region" aria-label="Table of parameters"><table><thead><tr><th scope="col">Name</th><th scope="col">Needed</th><th scope="col">Meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table></div></section>`;
}

function versionsOf(shown: VersionRecord, versions: readonly VersionRecord[]): string {
  const items = versions.slice(0, MAX_VERSIONS).map(({ group, name, version, publishedMs, yanked }) => {
    const current = version === shown.version ? ' aria-current="page"' : "";
    const date = new Date(publishedMs).toISOString().slice(0, 10);
    const state = yanked === null ? date : `${date}, yanked`;
    return `<li><a href="/${e(group)}/${e(name)}/${e(version)}"${current}>${e(version)}</a> <span class="soft">${state}</span></li>`;
  });
  const rest = versions.length - items.length;
  return `<section class="card"><h2>Versions</h2><ul class="versions">${items.join("")}</ul>${rest > 0 ? `<p class="soft">and ${rest} older ones</p>` : ""}</section>`;
}

const MARK =
  '<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8" fill="#0a58ca"/><path d="M7 12c4 0 4 4 9 4s5-4 9-4M7 20c4 0 4-4 9-4s5 4 9 4" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/></svg>';

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function page(
  c: HubContext,
  status: 200 | 500 | HubError["status"],
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
<a class="skip" href="#content">Skip to the content</a>
<header><div>
<a class="home" href="/">${MARK}SmartModule hub</a>
<form class="search" action="/" method="get" role="search"><label for="q">Search SmartModules</label><input id="q" name="q" type="search" placeholder="Search SmartModules" value="${e(query)}"><button type="submit">Search</button></form>
<span class="user">${user === undefined ? '<a href="/login">Log in</a>' : e(user)}</span>
</div></header>
<main id="content" tabindex="-1">
${body}
</main>
<footer>This hub also answers Fluvio's hub clients, container registry clients under <code>/v2/</code>, and programs under <a href="/api/v1">/api/v1</a>.</footer>
</body>
</html>
`;
  return c.body(html, status, { ...HEADERS, ...headers, "content-type": "text/html; charset=utf-8" });
}
