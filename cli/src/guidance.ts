/** What to say to someone who types a word or a flag that is not there: its nearest neighbour, or what this tool has instead. */

/** Commands of Fluvio's own tools, now and in earlier releases, that this one has not. */
const commands = new Map<string, string>([
  ["benchmark", "smdk produce and smdk consume show rates; Fluvio's own command line has a benchmark"],
  ["bench", "smdk produce and smdk consume show rates; Fluvio's own command line has a benchmark"],
  ["cloud", "smdk profile add NAME host:port"],
  ["cluster check", "smdk cluster status"],
  ["cluster diagnostics", "smdk cluster status; the log lies in the cluster directory of SMDK_HOME"],
  ["cluster upgrade", "npm install --save-dev smdk@latest, then smdk cluster stop and start"],
  ["completions", "smdk autocomplete"],
  ["connector", "connectors are run with Fluvio's own tools"],
  ["home", "mirroring from a remote cluster is set up with Fluvio's own command line"],
  ["hub connector", "connectors are run with Fluvio's own tools; smdk hub has SmartModules only"],
  ["hub set-hubid", "smdk hub id GROUP"],
  ["hub set-public", 'visibility = "public" in SmartModule.toml, then smdk publish'],
  ["hub smartmodule download", "smdk hub download GROUP/NAME@VERSION, or smdk load GROUP/NAME@VERSION"],
  ["hub smartmodule list", "smdk hub list"],
  ["hub sm download", "smdk hub download GROUP/NAME@VERSION, or smdk load GROUP/NAME@VERSION"],
  ["hub sm list", "smdk hub list"],
  ["install", "npm installs and updates smdk; connectors are run with Fluvio's own tools"],
  ["metadata", "smdk help"],
  ["mirror", "smdk remote, or smdk topic create --mirror"],
  ["remote export", "mirroring from a remote cluster is set up with Fluvio's own command line"],
  ["run", "smdk cluster start --foreground"],
  ["set-hubid", "smdk hub id GROUP"],
  ["set-public", 'visibility = "public" in SmartModule.toml, then smdk publish'],
  ["smartmodule watch", "smdk smartmodule list, or smdk dev while a module is written"],
  ["spg create", "smdk cluster start --spu N; groups of managed SPUs belong to Kubernetes"],
  ["spg delete", "smdk spu unregister; groups of managed SPUs belong to Kubernetes"],
  ["update", "npm install --save-dev smdk@latest"],
]);

const kubernetes =
  "leave it out: the local cluster is a process here. One in Kubernetes is installed with Fluvio's own command line, and smdk works with it through --cluster or --profile";
const noTls = "leave it out: the local cluster speaks plain TCP on 127.0.0.1";
const noCrate =
  "leave it out: package.json says which version of @smdk/assemblyscript a project uses, and --sdk-path DIR takes packed packages";
const noTemplate = "leave it out: the templates come with smdk; --lang and --kind choose one";

/** Flags of Fluvio's own tools that this one has not, by command and flag; several commands may share an entry. */
const flags: readonly [commands: readonly string[], names: readonly string[], instead: string][] = [
  [
    ["generate"],
    [
      "sm-crate-version",
      "sm-crate-path",
      "sm-crate-repo",
      "sm-repo-branch",
      "sm-repo-tag",
      "sm-repo-rev",
      "develop",
    ],
    noCrate,
  ],
  [["generate"], ["template-path", "template-repo", "template-repo-branch", "template-repo-tag"], noTemplate],
  [["generate"], ["hub-remote"], "leave it out: smdk publish --hub URL, or SMDK_HUB, says which hub"],
  [["publish"], ["no-build"], "leave it out: publish always sends what the sources say now"],
  [
    ["cluster start"],
    [
      "k8",
      "local-k8",
      "develop",
      "sys-only",
      "sys",
      "namespace",
      "group-name",
      "install-name",
      "chart-version",
      "chart-location",
      "chart-values",
      "image-version",
      "registry",
      "use-k8-port-forwarding",
      "proxy-addr",
      "service-type",
      "authorization-config-map",
    ],
    kubernetes,
  ],
  [["cluster delete"], ["k8", "sys", "namespace"], kubernetes],
  [
    ["cluster start"],
    ["read-only"],
    "leave it out: smdk topic create and smdk smartmodule create fill the cluster",
  ],
  [
    ["cluster start"],
    [
      "tls",
      "domain",
      "ca-cert",
      "client-cert",
      "client-key",
      "server-cert",
      "server-key",
      "enable-client-cert",
    ],
    noTls,
  ],
  [["cluster start"], ["sc-pub-addr", "sc-priv-addr"], "--host ADDRESS and --port PORT"],
  [
    ["cluster start"],
    ["log-dir", "rust-log"],
    "leave it out: the log is cluster.log in the cluster directory of SMDK_HOME",
  ],
  [
    ["cluster start"],
    ["spu-storage-size"],
    "leave it out: smdk topic create --max-partition-size bounds a topic",
  ],
  [["test"], ["lookback-age"], "--lookback-last N"],
];

/** What to do instead of a command that is not there; undefined when nothing is known of it. */
export function insteadOfCommand(typed: string): string | undefined {
  const words = typed.split(" ");
  for (let count = words.length; count > 0; count--) {
    const instead = commands.get(words.slice(0, count).join(" "));
    if (instead !== undefined) return instead;
  }
  return undefined;
}

/** What to do instead of a flag (`--name`, `-n`) that `command` has not; `known` are the names of those it has. */
export function insteadOfFlag(command: string, flag: string, known: readonly string[]): string | undefined {
  const name = flag.replace(/^-+/, "").split("=")[0]!;
  const entry = flags.find(([owners, names]) => owners.includes(command) && names.includes(name));
  if (entry) return entry[2];
  const near = flag.startsWith("--") ? closest(name, known) : undefined;
  return near && `--${near}`;
}

/** The known word that is nearest to the one typed; undefined when none is near. */
export function closest(typed: string, known: readonly string[]): string | undefined {
  const text = typed.slice(0, 64);
  const [best] = known
    .map((name) => ({ name, distance: name.startsWith(text) ? 0 : editDistance(text, name) }))
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length);
  return best !== undefined && text.length > 1 && best.distance <= Math.max(1, text.length / 3)
    ? best.name
    : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(change, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
