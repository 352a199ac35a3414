/** Rewrites habits of Fluvio users into our command tree before oclif sees the arguments. */

const valueFlags = new Map([
  ["-c", "--cluster"],
  ["--cluster", "--cluster"],
  ["-P", "--profile"],
  ["--profile", "--profile"],
  ["--domain", "--domain"],
  ["--ca-cert", "--ca-cert"],
  ["--client-cert", "--client-cert"],
  ["--client-key", "--client-key"],
]);
const switches = new Set(["--tls", "--enable-client-cert"]);

const topicAliases = new Map([
  ["sm", ["smartmodule"]],
  ["smart-module", ["smartmodule"]],
  ["tf", ["table-format"]],
  ["tableformat", ["table-format"]],
]);

/**
 * Moves root flags that come before the command (`smdk -c host:port topic list`) behind it, and
 * resolves the short names of topics (`sm`, `tf`, `cluster spu`).
 */
export function normaliseArgv(argv: readonly string[]): string[] {
  const moved: string[] = [];
  let at = 0;
  for (; at < argv.length; at++) {
    const [flag, inline] = splitInline(argv[at]!);
    const long = valueFlags.get(flag);
    if (long !== undefined) {
      const value = inline ?? argv[++at];
      moved.push(long, ...(value === undefined ? [] : [value]));
    } else if (switches.has(flag)) moved.push(flag);
    else break;
  }
  const rest = resolveTopic(argv.slice(at));
  const stop = rest.indexOf("--");
  return stop < 0 ? [...rest, ...moved] : [...rest.slice(0, stop), ...moved, ...rest.slice(stop)];
}

function splitInline(argument: string): [string, string | undefined] {
  const at = argument.startsWith("--") ? argument.indexOf("=") : -1;
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}

function resolveTopic(argv: string[]): string[] {
  const [first, ...others] = argv;
  if (first === undefined) return argv;
  if (first === "help") return ["help", ...resolveTopic(others)];
  if (first === "cluster" && (others[0] === "spu" || others[0] === "spg")) return others;
  return [...(topicAliases.get(first) ?? [first]), ...others];
}
