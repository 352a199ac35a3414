/** Words for isolation, delivery and compression, in the spellings Fluvio's tools take. */

import { usage } from "./errors.ts";
import { Flags } from "./oclif.ts";

export type Isolation = "ReadCommitted" | "ReadUncommitted";
export type DeliverySemantic = "at-most-once" | "at-least-once";

export const isolationFlag = Flags.custom<Isolation>({
  description: "which records count: those all replicas have, or those the leader has (default)",
  helpValue: "read_committed|read_uncommitted",
  parse: async (text) => {
    const known = choose(text, {
      read_committed: "ReadCommitted",
      read_uncommitted: "ReadUncommitted",
    } as const);
    if (known) return known;
    throw usage(
      `unrecognized isolation: ${text}. Supported: read_committed (ReadCommitted), read_uncommitted (ReadUncommitted)`,
    );
  },
});

export const deliveryFlag = Flags.custom<DeliverySemantic>({
  description: "send without waiting for answers, or retry until the record is in (default)",
  helpValue: "at-most-once|at-least-once",
  parse: async (text) => {
    const known = choose(text, { at_most_once: "AtMostOnce", at_least_once: "AtLeastOnce" } as const);
    if (known) return known === "AtMostOnce" ? "at-most-once" : "at-least-once";
    throw usage(
      `unrecognized delivery semantic: ${text}. Supported: at_most_once (AtMostOnce), at_least_once (AtLeastOnce)`,
    );
  },
});

function choose<T extends string>(text: string, names: Readonly<Record<string, T>>): T | undefined {
  const wanted = text.replaceAll("-", "_");
  return names[wanted] ?? Object.values(names).find((name) => name === text);
}
