/** Findings in the forms that other programs read: SARIF for code scanning, annotations of GitHub, JUnit for CI. */
import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type Finding, RULES, type RuleCode } from "@smdk/compiler";

export const lintFormats = ["human", "json", "sarif", "github", "junit"] as const;
export type LintFormat = (typeof lintFormats)[number];

/** The format when nobody names one: annotations under GitHub Actions. */
export function defaultFormat(env: NodeJS.ProcessEnv): LintFormat {
  return env.GITHUB_ACTIONS === "true" ? "github" : "human";
}

const codes = Object.keys(RULES) as RuleCode[];

/** What paths are relative to: under GitHub Actions the checkout, else the current directory. */
function base(): string {
  const { GITHUB_ACTIONS, GITHUB_WORKSPACE } = process.env;
  if (GITHUB_ACTIONS !== "true" || !GITHUB_WORKSPACE) return process.cwd();
  // A workflow may run the command outside of the checkout.
  return relative(GITHUB_WORKSPACE, process.cwd()).startsWith("..") ? process.cwd() : GITHUB_WORKSPACE;
}

/** SARIF 2.1.0. */
export function sarif(findings: readonly Finding[], version: string): unknown {
  const root = base();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "smdk lint",
            version,
            semanticVersion: version,
            rules: codes.map((id) => ({
              id,
              name: RULES[id][0],
              shortDescription: { text: RULES[id][2] },
              fullDescription: { text: `${RULES[id][2]}. Explained with an example in ${rulePage(id)}.` },
              defaultConfiguration: { level: RULES[id][1] },
            })),
          },
        },
        originalUriBaseIds: { PROJECT: { uri: `${pathToFileURL(root).href}/` } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: codes.indexOf(finding.rule),
          level: finding.severity,
          message: {
            text: finding.hint === undefined ? finding.message : `${finding.message}. ${finding.hint}`,
          },
          locations: [
            {
              physicalLocation: {
                artifactLocation: artifact(finding.file, root),
                region: { startLine: finding.line, startColumn: finding.column },
              },
            },
          ],
        })),
      },
    ],
  };
}

function artifact(file: string, root: string): { uri: string; uriBaseId?: string } {
  const path = relative(root, file);
  if (path.startsWith("..")) return { uri: pathToFileURL(file).href };
  return { uri: path.split(sep).map(encodeURIComponent).join("/"), uriBaseId: "PROJECT" };
}

/** Workflow commands: one annotation a line. */
export function github(findings: readonly Finding[]): string {
  const data = (text: string): string =>
    text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  const root = base();
  return findings
    .map(({ severity, file, line, column, rule, message, hint }) => {
      const place = `file=${property(shown(file, root))},line=${line},col=${column},title=${property(`${rule} ${RULES[rule][0]}`)}`;
      return `::${severity} ${place}::${data(hint === undefined ? message : `${message}\n${hint}`)}`;
    })
    .join("\n");
}

/** JUnit: a suite for each project, a failed case for each finding. */
export function junit(results: readonly { project: string; findings: readonly Finding[] }[]): string {
  const suites = results.map(({ project, findings }) => {
    const cases =
      findings.length === 0
        ? ['    <testcase name="lint" classname="smdk"/>']
        : findings.map(({ rule, message, hint, file, line, column }) => {
            const place = `${shown(file)}:${line}:${column}`;
            const text = [message, hint, place].filter(Boolean).join("\n");
            return `    <testcase name="${xml(`${rule} ${place}`)}" classname="${xml(RULES[rule][0])}"><failure type="${rule}" message="${xml(message)}">${xml(text)}</failure></testcase>`;
          });
    const count = Math.max(1, findings.length);
    return `  <testsuite name="${xml(shown(project) || ".")}" tests="${count}" failures="${findings.length}">\n${cases.join("\n")}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="smdk lint">\n${suites.join("\n")}\n</testsuites>`;
}

function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\n": "&#10;",
  };
  return (
    text
      // XML 1.0 has no place for control characters but these three, nor for halves of pairs.
      .replace(/[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu, "")
      .replace(/[&<>"\n]/g, (char) => entities[char]!)
  );
}

/** Relative to a directory where the file lies below it. */
export function shown(file: string, root = process.cwd()): string {
  const path = relative(root, file);
  return path.startsWith("..") ? file : path;
}

/** Where a rule is explained. */
export function rulePage(rule: RuleCode): string {
  return `docs/lint/${rule}.md`;
}
