/** The pages, looked at in a real browser: what they show, on a phone too, and whether everyone can use them. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderMarkdown } from "../../src/hub/http/markdown.ts";
import { hubWithGroup, makePackage, type TestHub } from "./support.ts";

const chromium = [
  process.env["SMDK_TEST_CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
].find((path) => path !== "" && existsSync(path));

/** Two checkers of different houses; axe is not among our dependencies, and used where `SMDK_TEST_AXE` names its file. */
const checker = readFileSync(
  createRequire(import.meta.url).resolve("accessibility-checker-engine/ace.js"),
  "utf8",
);
const axePath = process.env["SMDK_TEST_AXE"] ?? "";
const axe = existsSync(axePath) ? readFileSync(axePath, "utf8") : undefined;

const readme = `# word-filter

Keeps records **with a word**. See [the docs](https://example.com/docs "x") or [docs](https://example.com/docs).

- one <script>alert(1)</script>
- two \`<b>code</b>\`

\`\`\`sh
smdk load acme/word-filter@0.1.0 --with-a-very-long-line-that-is-wider-than-any-phone --and more and more and more
\`\`\`

[bad](javascript:alert(1)) ![picture](http://elsewhere.example/x.png)
`;

let it: TestHub;
beforeAll(async () => {
  it = await hubWithGroup();
  const params = `[[params]]\nname = "key"\ndescription = "word to look for"\n\n[[params]]\nname = "case"\noptional = true\n\n`;
  const put = (change: object, path: string) =>
    it.json("PUT", `/api/v1/packages/acme/${path}`, {
      token: it.admin,
      body: makePackage({ params, readme, ...change }),
    });
  await put({}, "word-filter/0.1.0");
  await put({ version: "0.2.0", description: 'with <em>markup</em> & "quotes"' }, "word-filter/0.2.0");
  await put({ name: "secret", visibility: "private" }, "secret/0.1.0");
  for (let i = 0; i < 25; i++)
    await put(
      { name: `other${"abcdefghjklmnopqrstuvwxyz"[i]}` },
      `other${"abcdefghjklmnopqrstuvwxyz"[i]}/0.1.0`,
    );
  await it.json("PUT", "/api/v1/packages/acme/word-filter/0.1.0/yank", {
    token: it.admin,
    body: { reason: "too old" },
  });
});
afterAll(() => it.stop());

describe("the pages as text", () => {
  test("have a policy that allows no scripts and nothing from elsewhere", async () => {
    for (const path of ["/", "/?q=word", "/acme/word-filter", "/acme/none", "/login"]) {
      const answer = await it.call("GET", path);
      const html = await answer.text();
      expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(html).not.toMatch(/<script|="javascript:|<[^>]*\son\w+=/i);
      expect(html).not.toMatch(/(src|href)="(https?:)?\/\/(?!example\.com)/);
    }
  });

  test("what authors write is text, not markup", async () => {
    const html = await (await it.call("GET", "/acme/word-filter")).text();
    expect(html).toContain("&#60;em&#62;markup");
    expect(html).toContain("&#60;script&#62;");
    const search = await (await it.call("GET", `/?q=${encodeURIComponent('"><script>x</script>')}`)).text();
    expect(search).not.toContain("<script>");
  });

  test("a private module is shown to members only", async () => {
    expect((await it.call("GET", "/acme/secret")).status).toBe(404);
    const basic = `Basic ${Buffer.from(`admin:${it.admin}`).toString("base64")}`;
    expect((await it.call("GET", "/acme/secret", { authorization: basic })).status).toBe(200);
  });

  test("any readme ends up as harmless markup", () => {
    for (const text of [
      "# a\n\n",
      "```\nnever closed",
      "- \n- x",
      "`a",
      "[x](https://a b)",
      "**",
      "<img onerror=x>",
      "1) a\nb\n\n2) c",
    ]) {
      expect(renderMarkdown(text)).not.toMatch(/<img|onerror=x>/);
    }
  });

  test("no readme keeps the hub busy", () => {
    const many = (text: string): string => text.repeat(99_000 / text.length);
    for (const text of [
      `# a${many(" ")}b`,
      `# a${many("#")}b`,
      `# a${many(" #")}b`,
      `# ${many(" ")}a\u2028`,
      `- ${many(" ")}a\u2028`,
      many("["),
      many("![a]("),
      many("[a](http://"),
      many("**a"),
      many(" *a"),
      many("`a"),
      `-${many(" ")}`,
    ]) {
      expect(renderMarkdown(text)).toBeTypeOf("string");
    }
    expect(renderMarkdown("# Title ##\n## C#\n### a # b")).toBe(
      "<h3>Title</h3>\n<h4>C#</h4>\n<h5>a # b</h5>",
    );
  });
});

describe.skipIf(chromium === undefined)("in Chromium (needs the chromium package)", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await puppeteer.launch({ executablePath: chromium!, args: ["--no-sandbox", "--disable-gpu"] });
  });
  afterAll(() => browser?.close());

  const views: [string, { width: number; height: number; isMobile: boolean; scheme: "light" | "dark" }][] = [
    ["a desk", { width: 1280, height: 900, isMobile: false, scheme: "light" }],
    ["a phone in the dark", { width: 360, height: 740, isMobile: true, scheme: "dark" }],
  ];
  const pages: [string, string, string][] = [
    ["list", "/", "SmartModules"],
    ["search", "/?q=word", "Search: word"],
    ["nothing found", "/?q=zzz", "Search: zzz"],
    ["module", "/acme/word-filter", "acme/word-filter"],
    ["yanked version", "/acme/word-filter/0.1.0", "acme/word-filter"],
  ];

  async function open(
    path: string,
    view: (typeof views)[number][1],
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("requestfailed", (request) => complaints.push(request.url()));
    await page.setViewport(view);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.scheme }]);
    await page.goto(`${it.hub.url}${path}`, { waitUntil: "load" });
    return { page, complaints };
  }

  // The page's own policy lets no script in, so the checkers come through the debugger.
  async function faultsByEqualAccess(page: Page): Promise<string[]> {
    await page.evaluate(checker);
    const results = (await page.evaluate(
      "new ace.Checker().check(document, ['WCAG_2_2']).then(({ results }) => results.map(({ ruleId, value, message, snippet }) => ({ ruleId, value, message, snippet })))",
    )) as { ruleId: string; value: [string, string]; message: string; snippet: string }[];
    expect(results.length).toBeGreaterThan(20);
    return results
      .filter(({ value: [level, outcome] }) => level === "VIOLATION" && outcome === "FAIL")
      .map(({ ruleId, message, snippet }) => `${ruleId}: ${message} ${snippet}`);
  }

  async function faultsByAxe(page: Page, source: string): Promise<string[]> {
    await page.evaluate(source);
    const { violations } = (await page.evaluate("axe.run()")) as {
      violations: { id: string; nodes: { html: string }[] }[];
    };
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }

  test.skipIf(axe === undefined)("axe looks too (needs SMDK_TEST_AXE, the path of axe.min.js)", () => {
    expect(axe).toContain("axe");
  });

  describe.each(views)("on %s", (_, view) => {
    test.each(pages)(
      "%s: no complaints, nothing wider than the screen, accessible",
      async (_name, path, heading) => {
        const { page, complaints } = await open(path, view);
        expect(await page.$eval("h1", (element) => element.textContent)).toBe(heading);
        expect(complaints).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(view.width);
        expect(await faultsByEqualAccess(page)).toEqual([]);
        if (axe !== undefined) expect(await faultsByAxe(page, axe)).toEqual([]);
        await page.close();
      },
    );
  });

  test("from the list by search to a module and to an older version", async () => {
    const { page } = await open("/", views[0]![1]);
    expect(await page.$$eval(".list > li", (items) => items.length)).toBe(20);
    await Promise.all([page.waitForNavigation(), page.click(".next a")]);
    expect(await page.$$eval(".list > li", (items) => items.length)).toBe(6);
    await page.type("#q", "word");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    await Promise.all([page.waitForNavigation(), page.click(".list .name")]);
    const text = await page.$eval(
      "main",
      (element) => (element as unknown as { innerText: string }).innerText,
    );
    for (const part of [
      "0.2.0",
      "filter",
      "Apache-2.0",
      "key of the group",
      "word to look for",
      "optional",
      "smdk load acme/word-filter@0.2.0",
      "Keeps records",
    ]) {
      expect(text).toContain(part);
    }
    await Promise.all([page.waitForNavigation(), page.click('a[href="/acme/word-filter/0.1.0"]')]);
    expect(await page.$eval(".warn", (element) => element.textContent)).toContain("too old");
    await page.close();
  });
});
