/** Flags that several commands share, with the names and letters of Fluvio's own tools. */

import { usage } from "./errors.ts";
import { Flags } from "./oclif.ts";
import { type ListFormat, listFormats } from "./output.ts";

const group = { helpGroup: "CLUSTER" } as const;

/** How to speak TLS. */
export const tlsOnlyFlags = {
  tls: Flags.boolean({ ...group, description: "use TLS" }),
  "enable-client-cert": Flags.boolean({ ...group, description: "show a client certificate" }),
  domain: Flags.string({ ...group, description: "server name in the certificate", helpValue: "DOMAIN" }),
  "ca-cert": Flags.string({ ...group, description: "file with the CA certificate", helpValue: "FILE" }),
  "client-cert": Flags.string({
    ...group,
    description: "file with the client certificate",
    helpValue: "FILE",
  }),
  "client-key": Flags.string({ ...group, description: "file with the client key", helpValue: "FILE" }),
};

const profileFlag = Flags.string({
  ...group,
  char: "P",
  description: "profile of Fluvio's config file",
  helpValue: "NAME",
});

/** Which cluster to talk to, for commands that use the letter `c` for something else. */
export const longClusterFlags = {
  cluster: Flags.string({ ...group, description: "address of the cluster's SC", helpValue: "HOST:PORT" }),
  profile: profileFlag,
  ...tlsOnlyFlags,
};

/** Which cluster to talk to. */
export const clusterFlags = {
  ...longClusterFlags,
  cluster: Flags.string({
    ...group,
    char: "c",
    description: "address of the cluster's SC",
    helpValue: "HOST:PORT",
  }),
};

/** The values of `clusterFlags`. */
export interface ClusterOptions {
  cluster?: string | undefined;
  profile?: string | undefined;
  tls: boolean;
  "enable-client-cert": boolean;
  domain?: string | undefined;
  "ca-cert"?: string | undefined;
  "client-cert"?: string | undefined;
  "client-key"?: string | undefined;
}

/** `-O/--output`, in any case. */
export const outputFlag = {
  output: Flags.custom<ListFormat>({
    char: "O",
    description: "output form",
    helpValue: "table|yaml|json|toml",
    parse: async (text) => {
      const format = listFormats.find((known) => known === text.toLowerCase());
      if (format === undefined)
        throw usage(`unknown output form "${text}"`, `one of ${listFormats.join(", ")}`);
      return format;
    },
  })(),
};

/** Options of oclif flags that may be given several times, one value each. */
export const repeatable = { multiple: true, multipleNonGreedy: true } as const;

/** A whole number that is not negative. */
export const count = Flags.custom<number>({
  parse: async (text, _context, options) => {
    if (!/^\d{1,15}$/.test(text)) throw usage(`--${options.name} must be a whole number, not "${text}"`);
    return Number(text);
  },
});

/** A 64-bit offset or count that is not negative. */
export const offset = Flags.custom<bigint>({
  parse: async (text, _context, options) => {
    if (!/^\d{1,19}$/.test(text) || BigInt(text) > 0x7fff_ffff_ffff_ffffn) {
      throw usage(`--${options.name} must be a whole number, not "${text}"`);
    }
    return BigInt(text);
  },
});

/** Where the records of a run come from, as `inputRecords` takes them. */
export const recordFlags = {
  text: Flags.string({ exclusive: ["stdin", "file"], description: "one record", helpValue: "VALUE" }),
  stdin: Flags.boolean({
    exclusive: ["file"],
    description: "a record for each line of the standard input",
  }),
  file: Flags.string({ description: "a record for each line of a file", helpValue: "FILE" }),
  raw: Flags.boolean({ exclusive: ["text"], description: "the whole input is one record" }),
  key: Flags.string({ description: "key of all records", helpValue: "KEY" }),
};

/** `--path`: which project. */
export const projectFlag = {
  path: Flags.string({
    description: "project directory (default: the current one or above)",
    helpValue: "DIR",
  }),
};

/** `-e/--params key=value`. */
export const paramsFlag = {
  params: Flags.string({
    ...repeatable,
    char: "e",
    description: "parameter of the SmartModule; repeatable",
    helpValue: "KEY=VALUE",
  }),
};

/** What Fluvio's own `smdk` is told about cargo; `checkCargoFlags` refuses what would mean something else here. */
export const cargoFlags = {
  "package-name": Flags.string({ char: "p", hidden: true }),
  release: Flags.string({ hidden: true }),
  nowasi: Flags.boolean({ hidden: true }),
};
