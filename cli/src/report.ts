/** Recognises what was thrown, by shape, and says it in one message with a way out. */

import { isAbsolute, relative } from "node:path";
import { foldFrames } from "./backtrace.ts";
import { exitCodes, fileErrorHint, fileErrorText, type SourceLocation } from "./errors.ts";
import { paletteFor, toJson } from "./output.ts";

/** A failure as printed, and as `--json` prints it. */
export interface Failure {
  exitCode: number;
  code: string;
  message: string;
  hint?: string | undefined;
  causes: readonly string[];
  location?: SourceLocation | undefined;
  /** Compile diagnostics with code frames, ready to print. */
  details: readonly string[];
  diagnostics?: readonly unknown[] | undefined;
  stack?: string | undefined;
}

interface Shape {
  code?: unknown;
  exit?: unknown;
  hint?: unknown;
  causes?: unknown;
  location?: unknown;
  frame?: unknown;
  diagnostics?: unknown;
  oclif?: { exit?: number };
  /** The cluster's own code. */
  errorCode?: { kind: string; name?: string };
  errno?: unknown;
  address?: unknown;
  port?: unknown;
}

/** The failure to show for a thrown value; undefined when it only carries an exit code of zero. */
export function describe(thrown: unknown): Failure | undefined {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const shape = error as Shape;
  const base: Omit<Failure, "code" | "exitCode"> = {
    message: withoutFraming(error.message),
    hint: typeof shape.hint === "string" ? shape.hint : undefined,
    causes: causesOf(error),
    location: isLocation(shape.location) ? shape.location : undefined,
    details: [...frameOf(shape.frame), ...diagnosticTexts(shape.diagnostics)],
    diagnostics: Array.isArray(shape.diagnostics) ? shape.diagnostics : undefined,
    stack: error.stack,
  };
  if (Array.isArray(shape.diagnostics)) {
    // The diagnostics carry places and hints of their own.
    Object.assign(base, { message: buildSummary(shape.diagnostics), hint: undefined, location: undefined });
  }
  const known = shape.errorCode === undefined ? undefined : serverTexts[shape.errorCode.kind];
  const named = shape.errorCode?.name !== undefined && error.message.includes(shape.errorCode.name);
  if (known !== undefined && !named) base.message = known;
  base.hint ??= serverHints[shape.errorCode?.kind ?? ""] ?? serverHints[String(shape.code)];
  if (shape.code === "SMDK_PROFILE_NOT_FOUND" && error.message === "no current profile set") {
    base.hint = unreachableHint;
  }
  if (typeof shape.code === "string" && shape.code.startsWith("SMDK_")) {
    const own =
      typeof shape.exit === "string" ? (exitCodes as Record<string, number>)[shape.exit] : undefined;
    return { ...base, code: shape.code, exitCode: own ?? exitCodeFor(shape.code, error) };
  }
  if (shape.code === "EEXIT") {
    const exitCode = shape.oclif?.exit ?? 0;
    return exitCode === 0 ? undefined : { ...base, code: "SMDK_EXIT", message: "", exitCode };
  }
  if (shape.oclif !== undefined) return usageFailure(base);
  if (isNetworkError(shape)) {
    const where = shape.port === undefined ? "" : `, can't connect to ${shape.address}:${shape.port}`;
    return {
      ...base,
      code: "SMDK_UNREACHABLE",
      message: `${networkText(shape.code as string)}${where}`,
      hint: base.hint ?? unreachableHint,
      exitCode: exitCodes.unreachable,
    };
  }
  const { path } = error as NodeJS.ErrnoException;
  if (typeof shape.errno === "number" && path !== undefined) {
    return {
      ...base,
      code: "SMDK_CLI_FILE",
      message: `${path}: ${fileErrorText(error)}`,
      hint: fileErrorHint(error) ?? "see whether the place is there and can be written to",
      exitCode: exitCodes.config,
    };
  }
  return {
    ...base,
    code: "SMDK_BUG",
    message: `unexpected fault in smdk: ${error.message}`,
    hint: "again with SMDK_DEBUG=1 to see where, and report that output to the maintainers of smdk",
    exitCode: exitCodes.bug,
  };
}

/** What a flag's own reader said, without the words that oclif puts around it. */
function withoutFraming(message: string): string {
  return /^Parsing --\S+ \n\t([\s\S]*)\nSee more help with --help$/.exec(message)?.[1] ?? message;
}

/** Prints a failure on stderr, or as `{"error": …}` on stdout, in one line if `indent` is 0. */
export function printFailure(failure: Failure, json: boolean, indent = 2): void {
  if (process.env["SMDK_DEBUG"] && failure.stack) process.stderr.write(`${failure.stack}\n`);
  if (json) {
    const { exitCode, code, message, hint, causes, location, diagnostics } = failure;
    const shown = {
      code,
      message,
      exitCode,
      hint,
      causes: causes.length > 0 ? causes : undefined,
      location,
      diagnostics,
    };
    if (message) process.stdout.write(`${toJson({ error: shown }, indent)}\n`);
    return;
  }
  if (!failure.message) return;
  const color = paletteFor(process.stderr);
  const lines = [`${color.red("Error:")} ${foldFrames(failure.message)}`];
  if (failure.location) lines.push(`  in ${locationText(failure.location)}`);
  for (const detail of failure.details) lines.push("", detail);
  if (failure.causes.length > 0) {
    lines.push("", "Caused by:");
    failure.causes.forEach((cause, i) => {
      lines.push(failure.causes.length > 1 ? `  ${i}: ${cause}` : `  ${cause}`);
    });
  }
  if (failure.hint) lines.push(`${color.cyan("try:")} ${failure.hint}`);
  process.stderr.write(`${lines.join("\n")}\n`);
}

export const unreachableHint =
  "smdk cluster start, or name another cluster with --cluster host:port or --profile";

/** Upstream's command line has its own words for these codes. */
const serverTexts: Readonly<Record<string, string | undefined>> = {
  TopicAlreadyExists: "Topic already exists",
  TopicNotFound: "Topic not found",
  SmartModuleNotFound: "SmartModule not found",
  TableFormatAlreadyExists: "TableFormat already exists",
  TableFormatNotFound: "TableFormat not found",
  MirrorNotFound: "Mirror not found",
  SpuNotFound: "SPU not found",
};

const topicHint = "smdk topic list shows those there are; smdk topic create NAME makes one";

/** What to do about answers of a cluster that say nothing of it themselves, by its code or the client's. */
const serverHints: Readonly<Record<string, string | undefined>> = {
  SMDK_TOPIC_NOT_FOUND: topicHint,
  TopicNotFound: topicHint,
  TopicAlreadyExists: "choose another name, or delete that topic first: smdk topic delete NAME",
  SmartModuleNotFound: "smdk smartmodule list shows those there are; smdk load puts the project's there",
  TableFormatAlreadyExists: "delete it first: smdk table-format delete NAME",
  TableFormatNotFound: "smdk table-format list shows those there are",
  MirrorNotFound: "smdk remote list shows those there are",
  SpuNotFound: "smdk spu list shows those there are",
  PartitionFull:
    "make room on the disk of the SPU, or delete records: smdk topic create --retention-time bounds them",
  StorageError: "make room on the disk of the SPU, and see its log",
};

/** The exit code for an error of a sister package, by the family its code names. */
function exitCodeFor(code: string, error: Error): number {
  const text = `${code} ${error.message}`;
  if (/PERMISSION|DENIED|UNAUTHORI/i.test(code) || /permission ?denied/i.test(text)) return exitCodes.denied;
  if (/CONNECT|UNREACHABLE|SOCKET|NETWORK|TLS|TIMEOUT|PROTOCOL|NO_LEADER/.test(code))
    return exitCodes.unreachable;
  if (/CONFIG|PROFILE|MANIFEST|PROJECT|TRANSFORMS/.test(code)) return exitCodes.config;
  if (/BUILD|COMPILE|ENTRY/.test(code)) return exitCodes.build;
  if (/ABORTED/.test(code)) return exitCodes.interrupted;
  if (/USAGE|ARGUMENT/.test(code)) return exitCodes.usage;
  return exitCodes.failed;
}

function usageFailure(base: Omit<Failure, "code" | "exitCode">): Failure {
  const lines = base.message.split("\n").map((line) => line.trim());
  const noise = /^$|^See more help|^The following errors? occurred:$/;
  const [message = "", ...more] = lines.filter((line) => !noise.test(line));
  return {
    ...base,
    code: "SMDK_USAGE",
    message: [message, ...more].join("\n"),
    hint: base.hint ?? "the command with --help shows its flags",
    exitCode: exitCodes.usage,
  };
}

const networkCodes = new Map([
  ["ECONNREFUSED", "Connection refused"],
  ["ECONNRESET", "Connection reset by peer"],
  ["EPIPE", "Broken pipe"],
  ["ETIMEDOUT", "Connection timed out"],
  ["ENOTFOUND", "Host not found"],
  ["EAI_AGAIN", "Host not found (name service did not answer)"],
  ["EHOSTUNREACH", "Host unreachable"],
  ["ENETUNREACH", "Network unreachable"],
]);

function isNetworkError(shape: Shape): boolean {
  return typeof shape.code === "string" && networkCodes.has(shape.code);
}

function networkText(code: string): string {
  return networkCodes.get(code) ?? code;
}

function causesOf(error: Error): string[] {
  const listed = (error as Shape).causes;
  return Array.isArray(listed) ? listed.map(String) : [];
}

/** Diagnostics of the compiler as text: place, message, the lines around it, what to do. */
export function diagnosticTexts(diagnostics: unknown): string[] {
  if (!Array.isArray(diagnostics)) return [];
  return diagnostics.map(
    (item: { message?: string; hint?: string; frame?: string } & Partial<SourceLocation>) => {
      const where =
        item.file === undefined ? "" : `${shortPath(item.file)}:${item.line ?? 1}:${item.column ?? 1}: `;
      return [`${where}${item.message ?? ""}`, item.frame, item.hint && `try: ${item.hint}`]
        .filter(Boolean)
        .join("\n");
    },
  );
}

function buildSummary(diagnostics: readonly { severity?: string }[]): string {
  const errors = diagnostics.filter(({ severity }) => severity !== "warning").length;
  return errors === 1 ? "the build failed" : `the build failed with ${errors} errors`;
}

function locationText({ file, line, column }: SourceLocation): string {
  return `${shortPath(file)}:${line}:${column}`;
}

/** Relative to the current directory where the file lies below it. */
function shortPath(file: string): string {
  const short = relative(process.cwd(), file);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? file : short;
}

/** The code frame of an error that carries one. */
function frameOf(frame: unknown): string[] {
  return typeof frame === "string" && frame !== "" ? [frame] : [];
}

function isLocation(value: unknown): value is SourceLocation {
  return typeof value === "object" && value !== null && typeof (value as SourceLocation).file === "string";
}
