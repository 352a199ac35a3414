/** Deletes several objects by name, stopping at the first failure unless told to go on. */
import { CliError } from "../errors.ts";
import { describe } from "../report.ts";

export interface DeleteEach {
  keepGoing: boolean;
  remove: (name: string) => Promise<unknown>;
  done: (name: string) => unknown;
  failed: (name: string, reason: string) => void;
  /** The last word when something failed and the others were deleted. */
  summary: string;
}

/** The names that were deleted. Fails when one could not be. */
export async function deleteEach(names: readonly string[], work: DeleteEach): Promise<{ deleted: string[] }> {
  const deleted: string[] = [];
  let failures = 0;
  for (const name of names) {
    try {
      await work.remove(name);
      deleted.push(name);
      work.done(name);
    } catch (error) {
      if (!work.keepGoing) throw error;
      failures++;
      work.failed(name, describe(error)?.message ?? String(error));
    }
  }
  if (failures > 0) throw new CliError("failed", work.summary);
  return { deleted };
}
