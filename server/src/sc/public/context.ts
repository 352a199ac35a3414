// What the handlers of the public API work with.
import type { ErrorCode, Status } from "@smdk/protocol";
import type { Env } from "../../env/types.ts";
import { errorText } from "../../error.ts";
import type { Logger } from "../../logger.ts";
import type { Distribution } from "../controllers/distribution.ts";
import type { PartitionController } from "../controllers/partitions.ts";
import type { Removals } from "../controllers/removals.ts";
import type { KeyLock } from "../key-lock.ts";
import { fileNameOf } from "../store/file-name.ts";
import type { Kind, Stores } from "../store/stores.ts";

export interface ScContext {
  readonly env: Env;
  readonly log: Logger;
  readonly stores: Stores;
  /** Serialises requests about one topic. */
  readonly topicLocks: KeyLock;
  readonly distribution: Distribution;
  readonly removals: Removals;
  readonly partitions: PartitionController;
  /** How long a topic may take until its partitions are online, ms. */
  readonly topicWaitMs: number;
}

/** How long a request waits for the SPUs to take a SmartModule or to delete data, ms. */
export const SPU_WAIT_MS = 10_000;

/** Longest text in a Status, in UTF-16 units: a third of what a wire string can hold. */
const MAX_TEXT = 10_000;

export function ok(name: string): Status {
  return { name, errorCode: { kind: "None" }, errorMessage: null };
}

/** Names and messages are cut to what fits the wire, whatever a client sent. */
export function refused(name: string, errorCode: ErrorCode, errorMessage: string | null): Status {
  return {
    name: name.slice(0, MAX_TEXT),
    errorCode,
    errorMessage: errorMessage === null ? null : errorMessage.slice(0, MAX_TEXT),
  };
}

/** Why the text cannot be the key of an object, or null. Fluvio leaves most names unchecked; a file name it must be. */
export function keyProblem(key: string): string | null {
  return fileNameOf(key) === null ? "the name is empty or too long" : null;
}

/** Creates or replaces an object and waits for the disk; undone if that fails. Gives back why, or null. */
export async function storeObject<S, T>(kind: Kind<S, T>, key: string, spec: S): Promise<string | null> {
  const before = kind.get(key);
  kind.put(key, spec);
  try {
    await kind.persisted(key);
    return null;
  } catch (error) {
    if (before === undefined) kind.delete(key);
    else kind.put(key, before.spec);
    return errorText(error);
  }
}

/** Deletes an object and waits for the disk. Gives back what went wrong, or null. */
export async function deleteObject<S, T>(kind: Kind<S, T>, key: string): Promise<string | null> {
  kind.delete(key);
  try {
    await kind.persisted(key);
    return null;
  } catch (error) {
    return errorText(error);
  }
}
